import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { look } from './looking.ts'

const find = async (hosts: string) => look('loopback_name', { name: 'smtp.example.org' }, { hosts })

describe('the name of a host in its /etc/hosts', () => {
  it('may be that of a public address or of Debian’s own', async () => {
    const hosts = [
      '',
      '127.0.0.1 localhost\n127.0.1.1 smtp.example.org smtp\n',
      '198.51.100.11 smtp.example.org\n',
      '#127.0.0.1 smtp.example.org\n',
      '127.0.0.1 xsmtp.example.org smtp\n',
    ]
    for (const each of hosts) assert.deepEqual((await find(each)).said, ['right name-on-loopback: no loopback address'])
  })

  it('is hidden by a loopback address, and the remedy takes it away', async () => {
    const cases: readonly [hosts: string, addresses: readonly string[], left: string][] = [
      ['127.0.0.1 localhost smtp.example.org\n', ['127.0.0.1'], '127.0.0.1 localhost\n'],
      ['127.0.0.1\tSMTP.example.org  localhost # x\n', ['127.0.0.1'], '127.0.0.1  localhost # x\n'],
      [
        '::1 smtp.example.org\n127.0.0.2 a smtp.example.org b\n127.0.1.1 smtp.example.org\n',
        ['::1', '127.0.0.2'],
        '127.0.0.2 a b\n127.0.1.1 smtp.example.org\n',
      ],
    ]
    for (const [hosts, addresses, left] of cases) {
      const { said, report } = await find(hosts)
      assert.deepEqual(
        said,
        addresses.map((address) => `wrong name-on-loopback: is ${address} on the host itself`),
      )
      const mended = report.findings?.reduce((text, { remedy = '' }) => {
        const command = remedy.replace(' -i ', ' ').replace(/ \/etc\/hosts$/, '')
        return execFileSync('sh', ['-c', command], { input: text }).toString()
      }, hosts)
      assert.equal(mended, left)
    }
  })
})
