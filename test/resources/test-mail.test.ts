import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Controller } from '../../src/core/control.ts'
import { testMail } from '../../src/resources/test-mail.ts'

const controller: Controller = { signal: new AbortController().signal, secret: () => undefined }
const wanted = {
  server: 'smtp.example.org',
  from: 'i@example.org',
  password: 'correct horse',
  to: 'you@example.net',
  // Nothing listens on these ports of it.
  address: '127.0.0.1',
}
const control = (more: object = {}) =>
  testMail.control!(testMail.params.parse({ ...wanted, ...more }), { clock: '1795372939\n' }, controller)

describe('test_mail', () => {
  it('has one thing to do for each port, every time, and has done nothing before', async () => {
    const { acts = [], findings } = await control()
    assert.equal(findings, undefined)
    assert.deepEqual(
      acts.map(({ what, from, to, always }) => ({ what, from, to, always })),
      [465, 587].map((port) => ({
        what: `message to you@example.net through smtp.example.org port ${port}`,
        from: 'unsent',
        to: 'sent',
        always: true,
      })),
    )
    assert.equal(JSON.stringify(acts).includes('correct horse'), false)
  })

  it('finds what keeps a message from being taken, and still tries the next port', async () => {
    const { acts = [] } = await control()
    for (const act of acts) {
      const { findings = [], result } = await act.apply()
      assert.deepEqual(
        findings.map(({ id, verdict }) => [id, verdict]),
        [['mail-not-accepted', 'wrong']],
      )
      assert.match(findings[0]?.text ?? '', /^smtp\.example\.org \(127\.0\.0\.1\) port (465|587) refuses connections$/)
      assert.match(findings[0]?.remedy ?? '', /systemctl status chasquid/)
      assert.deepEqual(result, { from: 'i@example.org', to: 'you@example.net', since: 1_795_372_939, messages: [] })
    }
  })

  it('cannot even begin without the authority that it is to trust', async () => {
    await assert.rejects(
      control({ ca_bundle: '/nowhere/roots.pem' }),
      /ca_bundle: \/nowhere\/roots\.pem cannot be used/,
    )
  })

  it('takes addresses and the two ports of submission only', () => {
    const { error } = testMail.params.safeParse({
      ...wanted,
      to: 'you',
      ports: [25],
      unsubscribe: 'http://example.org',
    })
    assert.deepEqual(
      error?.issues.map(({ path }) => path.join('.')),
      ['ports.0', 'to', 'unsubscribe'],
    )
  })
})
