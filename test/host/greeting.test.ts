import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sh } from '../../src/core/shell.ts'
import type { Explain } from '../../src/host/explain.ts'
import { spawnChannel } from '../../src/host/local.ts'
import { ShellSession } from '../../src/host/session.ts'
import { explainLogin, explainSudo } from '../../src/host/sudo.ts'
import { lives, uniqueSleep, waitFor } from './victims.ts'

/** A session with a host that does this instead of starting a shell, and half a second of patience. */
function sessionWith(program: string, explain: Explain = explainLogin): ShellSession {
  const traffic = { turns: 0, bytesUp: 0, bytesDown: 0 }
  return new ShellSession(spawnChannel('sh', ['-c', program]), traffic, explain, 0.5)
}

const ask = (session: ShellSession) => session.survey([{ id: '0.a', script: sh`true` }])

test('a host that takes the login and starts no shell is given up, with what it said', async () => {
  const duration = uniqueSleep()
  const session = sessionWith(`echo 'mounting your home'; exec sleep ${duration}`)
  await assert.rejects(ask(session), {
    stage: 'channel',
    message: 'the host took the login, and started no shell; it said: mounting your home',
  })
  await waitFor('its command ends', () => !lives(`sleep ${duration}`), 5000)
  await session.close()
})

test('sudo that hangs is given up at its own stage', async () => {
  const session = sessionWith(`exec sleep ${uniqueSleep()}`, explainSudo('root'))
  await assert.rejects(ask(session), { stage: 'sudo', message: 'sudo started no shell for root, and does not end' })
  await session.close()
})

test('a host that answers with the frames of another session is not believed', async () => {
  const nonce = '0123456789abcdef0123456789abcdef'
  const frames = ['hello 2', 'answer 0 12', 'answer 0 12'].map(
    (words) => `printf '%s\\n' '${nonce} ${words}' '/0/00000000'`,
  )
  const session = sessionWith(`{ ${frames.join('; ')}; } | tee /dev/stderr; exec sleep ${uniqueSleep()}`)
  await assert.rejects(ask(session), { stage: 'channel', message: /started no shell; it said: / })
  await session.close()
})

test('once it has greeted, a shell may take its time', async () => {
  const session = sessionWith('exec sh')
  const answers = await session.survey([{ id: '0.a', script: sh`sleep 0.8; echo done` }])
  assert.equal(answers.get('0.a')?.text, 'done\n')
  await session.close()
})
