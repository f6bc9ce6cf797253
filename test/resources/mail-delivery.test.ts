import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { Controller } from '../../src/core/control.ts'
import type { Script } from '../../src/core/shell.ts'
import { mailDelivery } from '../../src/resources/mail-delivery.ts'
import { shellcheckWarnings, syntaxErrors } from './shells.ts'

// The question itself, in this machine's sh, with a journal that is a file.

const folder = mkdtempSync(join(tmpdir(), 'provision-delivery-'))
after(() => rmSync(folder, { recursive: true }))
const controller: Controller = { signal: new AbortController().signal, secret: () => undefined }
const message = { message_id: '<1@alpha.test>', from: 'i@alpha.test', to: 'You@beta.test', port: 587, local_port: 4711 }
const params = mailDelivery.params.parse({ messages: [message], since: 1_795_372_939, follow: 1 })
const { log: question } = mailDelivery.read(params, {})
// Seconds of the clock are counted: one of them may be over at once.
const { log: patient } = mailDelivery.read({ ...params, follow: 20 }, {})

/** What the journal says, each time that it is looked at. */
function ask(
  script: Script,
  ...looks: readonly (readonly string[])[]
): { answer: string; asked: string; seconds: number } {
  const file = (name: string) => join(folder, name)
  looks.forEach((lines, index) => {
    writeFileSync(file(`${index}.cat`), lines.map((line) => `${line}\n`).join(''))
    writeFileSync(file(`${index}.json`), lines.map((line) => `${JSON.stringify({ MESSAGE: line })}\n`).join(''))
  })
  writeFileSync(file('count'), '')
  writeFileSync(
    file('journalctl'),
    `#!/bin/sh
cd ${folder} && echo "$@" >>count
look=$(($(grep -c output=cat count) - 1))
[ $look -lt ${looks.length} ] || look=${looks.length - 1}
case "$*" in *output=cat*) cat $look.cat ;; *) cat $look.json ;; esac
`,
  )
  chmodSync(file('journalctl'), 0o755)
  const started = performance.now()
  const env = { PATH: `${folder}:${process.env.PATH}` }
  const { stdout, stderr, status } = spawnSync('sh', ['-c', script.reveal()], { env, encoding: 'utf8' })
  assert.deepEqual([status, stderr], [0, ''])
  const asked = spawnSync('cat', [file('count')], { encoding: 'utf8' }).stdout
  return { answer: stdout, asked, seconds: (performance.now() - started) / 1000 }
}

const queued = 'A from=i@alpha.test queued ip=198.51.100.1:4711 to=[you@beta.test]'
const sent = 'A from=i@alpha.test to=you@beta.test sent'
const done = 'A from=i@alpha.test all done'

describe('the question about deliveries', () => {
  it('is shell text that every sh accepts', () => {
    assert.deepEqual(syntaxErrors([question]), [])
    assert.deepEqual(shellcheckWarnings([question]), [])
  })

  it('is answered as soon as the message is done, from the second at which it was sent', () => {
    const { answer, asked, seconds } = ask(patient, ['B from=i@alpha.test all done'], [queued], [queued, sent, done])
    assert.ok(answer.includes(sent) && seconds < 15, `${seconds} s`)
    assert.equal(asked.split('\n').length - 1, 4)
    assert.match(asked, /--unit=chasquid --since=@1795372939 /)
  })

  it('is answered after the time to follow where the receiver puts it off', () => {
    const { answer, seconds } = ask(question, [
      queued,
      'A from=i@alpha.test to=you@beta.test failed (temporary): 451 x',
    ])
    assert.ok(answer.includes('451 x') && seconds < 3, `${seconds} s`)
  })

  it('is none where nothing was sent', () => {
    const nothing = mailDelivery.params.parse({ messages: [], since: 1 })
    assert.equal(mailDelivery.read(nothing, {}).log.isEmpty, true)
  })
})

describe('mail_delivery', () => {
  const judge = (...messages: readonly (string | readonly number[])[]) => {
    const log = messages.map((text) => `${JSON.stringify({ __CURSOR: 'x', MESSAGE: text })}\n`).join('')
    return mailDelivery.control!(params, { log }, controller)
  }

  it('registers what became of each message', async () => {
    const { findings = [], message: told, result } = await judge(queued, sent, done)
    assert.equal(told, 'You@beta.test: the receiver took what was handed in on port 587')
    assert.deepEqual(
      findings.map(({ id, verdict, subject }) => [id, verdict, subject]),
      [['mail-bounced', 'right', 'to You@beta.test, port 587']],
    )
    const attempts = [{ to: 'you@beta.test', outcome: 'sent', reply: null }]
    assert.deepEqual(result, {
      deliveries: [{ message_id: '<1@alpha.test>', status: 'sent', queue_id: 'A', attempts }],
    })
  })

  it('reads replies of several lines, and lines that are not UTF-8', async () => {
    const failure = 'A from=i@alpha.test to=you@beta.test failed (permanent): 550-5.1.1 no\n550 5.1.1 such user'
    const { findings = [], message: told } = await judge([...Buffer.from(queued)], failure)
    assert.equal(told, undefined)
    assert.equal(findings[0]?.seen, '550-5.1.1 no 550 5.1.1 such user')
  })
})
