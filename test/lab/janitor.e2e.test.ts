import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { groupProcesses } from '../../src/lab/control-group.ts'
import { execute, start } from '../../src/lab/execute.ts'
import { hostPlaces } from '../../src/lab/names.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { readRecord } from '../../src/lab/state.ts'
import { takeDown } from '../../src/lab/take-down.ts'
import { mounts } from '../../src/lab/tree.ts'

const program = fileURLToPath(new URL('./abandoned-lab.ts', import.meta.url))

for (const ending of ['SIGKILL', 'SIGINT', 'SIGTERM', 'throw', 'exit'] as const) {
  test(`a lab whose owner ends by ${ending} is taken down`, async () => {
    const id = `gone-${process.pid}-${ending.toLowerCase()}`
    const owner = start([process.execPath, ...process.execArgv, program, id, ending], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = once(owner, 'exit')
    if (owner.stdout) await once(owner.stdout, 'data')
    if (ending.startsWith('SIG')) {
      assert.notEqual(await readRecord(id), undefined)
      owner.kill(ending as NodeJS.Signals)
    }
    await ended
    for (let round = 0; round < 300 && (await readRecord(id)); round++) await sleep(100)
    assert.equal(await readRecord(id), undefined)
    assert.deepEqual(await groupProcesses(hostPlaces(id, 'a').group), [])
    assert.ok(!(await mounts()).some(({ point }) => point.includes(id)))
    assert.ok(!(await execute(['ip', 'netns', 'list'])).stdout.includes(id))
  })
}

test('a lab in use is not taken over, and one of the same id is replaced when it is free again', async () => {
  const options = { id: `twice-${process.pid}`, hosts: [{ name: 'a', release: 'trixie' }] } as const
  const first = await openLab(options)
  await assert.rejects(openLab(options), /is in use by process/)
  await first.close()
  const kept = await openLab({ ...options, keep: true })
  await kept.demand('a', ['touch', '/root/mark'])
  const second = await openLab(options)
  assert.equal((await second.run('a', ['test', '-e', '/root/mark'])).status, 1)
  await second.close()
})

test('several may take the same lab down at once', async () => {
  const lab = await openLab({ id: `thrice-${process.pid}`, hosts: [{ name: 'a', release: 'trixie' }], keep: true })
  await Promise.all([takeDown(lab.id), takeDown(lab.id), takeDown(lab.id)])
  assert.equal(await readRecord(lab.id), undefined)
  assert.deepEqual(await groupProcesses(hostPlaces(lab.id, 'a').group), [])
})
