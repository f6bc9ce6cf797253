import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { look } from './looking.ts'

const free = (port: number) => `right port-taken: free ${port}`

async function find(listening: string, params = {}): Promise<readonly string[]> {
  const { report } = await look('ports_free', params, { listening })
  return (report.findings ?? []).map(
    ({ verdict, id, text, subject, remedy }) =>
      `${verdict} ${id}: ${text} ${subject.replace('port ', '')}${remedy === undefined ? '' : ` → ${remedy}`}`,
  )
}

describe('the ports of mail', () => {
  it('are free', async () => {
    assert.deepEqual(await find(''), [25, 465, 587].map(free))
  })

  it('are those that are asked for', async () => {
    // 2587 ends in the digits of 587, and no port of ours is FFFF0019.
    assert.deepEqual(await find('listens 00000000:0A1B 7\nowner 7 9 - x\n', { ports: [587, 25] }), [
      free(587),
      free(25),
    ])
  })

  it('may be those of chasquid, with systemd holding the socket', async () => {
    const answer = `listens 00000000000000000000000000000000:0019 71
owner 71 1 init.scope systemd
owner 71 815 chasquid.service chasquid
listens 00000000000000000000000000000000:01D1 72
owner 72 1 init.scope systemd
`
    assert.deepEqual(await find(answer), [
      'right port-taken: chasquid (pid 815, chasquid.service) has it 25',
      'right port-taken: systemd (pid 1, init.scope) has it 465',
      free(587),
    ])
  })

  it('are taken by a program, which has a name and a way to stop it', async () => {
    const answer = (owner: string) => `listens 0100007F:0019 71\n${owner}`
    const cases: readonly [owner: string, said: string][] = [
      [
        'owner 71 812 postfix@-.service master\n',
        'master (pid 812, postfix@-.service) 25 → systemctl disable postfix; systemctl stop postfix',
      ],
      [
        'owner 71 900 exim4.service exim4\n',
        'exim4 (pid 900, exim4.service) 25 → systemctl disable exim4; systemctl stop exim4',
      ],
      ['owner 71 77 - my mail daemon\n', 'my mail daemon (pid 77) 25 → kill 77'],
      ['owner 71 80 session-3.scope nc\n', 'nc (pid 80, session-3.scope) 25 → kill 80'],
      [
        'owner 71 81 docker.service docker-proxy\n',
        'docker-proxy (pid 81, docker.service) 25 → docker ps --filter publish=25, then docker stop NAME',
      ],
      // A child that has the socket, too, does not make it its parent's.
      [
        'owner 71 1 init.scope systemd\nowner 71 812 other.service other\n',
        'other (pid 812, other.service) 25 → systemctl disable other; systemctl stop other',
      ],
    ]
    for (const [owner, said] of cases) {
      assert.equal((await find(answer(owner)))[0], `wrong port-taken: taken by ${said}`)
    }
  })

  it('are taken by one program on IPv4 and by another on IPv6', async () => {
    const answer = `listens 00000000000000000000000000000000:0019 71
owner 71 815 chasquid.service chasquid
listens 0100007F:0019 72
owner 72 900 exim4.service exim4
`
    assert.equal(
      (await find(answer))[0],
      'wrong port-taken: taken by exim4 (pid 900, exim4.service) 25 → systemctl disable exim4; systemctl stop exim4',
    )
  })

  it('are taken by nobody knows whom where the user is not root', async () => {
    assert.equal(
      (await find('listens 0100007F:0019 71\n'))[0],
      'unknown port-taken: taken, and only root can see by which program 25',
    )
  })
})
