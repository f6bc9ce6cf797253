import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sh } from '../../src/core/shell.ts'
import { type Hold, holdIn, holdQuestion } from '../../src/engine/hold.ts'
import { shells, TestSession } from '../host/shells.ts'

const now = Math.floor(Date.now() / 1000)

for (const shell of shells) {
  test(`${shell[0]}: a hold is read as it is; only one that is over is removed, and only by an apply`, async () => {
    const session = new TestSession(shell)
    // The folder has to be its own, so that it may remove what is in it.
    await session.ask(sh`mkdir ~/state && chmod 777 ~/state`)
    const file = join(session.home, 'state/hold')
    const ask = async (text: string | undefined, expire: boolean): Promise<Hold | undefined | 'not root'> => {
      if (text !== undefined) writeFileSync(file, text)
      const answer = await session.ask(sh`p_uid=0 p_state=~/state; ${holdQuestion(expire)}`)
      assert.equal(answer.status, 0, answer.stderr)
      const heard = holdIn(answer)
      return heard ? heard.hold : 'not root'
    }
    assert.equal(await ask(undefined, true), undefined)
    const held = await ask(`anna@laptop\n${now - 60}\n${now + 60}\nnew disk; $(reboot)\n`, true)
    assert.ok(held && held !== 'not root')
    const { by, since, until, reason } = held
    assert.deepEqual([by, since, until, reason], ['anna@laptop', now - 60, now + 60, 'new disk; $(reboot)'])
    assert.equal(await ask(`anna@laptop\n${now - 60}\n${now - 1}\nover\n`, false), undefined)
    assert.ok(existsSync(file), 'a check removed it')
    assert.equal(await ask(undefined, true), undefined)
    assert.ok(!existsSync(file))
    await session.close()
  })

  test(`${shell[0]}: one that nobody can read holds the host, and stays`, async () => {
    const session = new TestSession(shell)
    mkdirSync(join(session.home, 'state'), { mode: 0o777 })
    writeFileSync(join(session.home, 'state/hold'), 'anna@laptop\nsoon\nlater\n')
    const answer = await session.ask(sh`p_uid=0 p_state=~/state; ${holdQuestion(true)}`)
    assert.equal(holdIn(answer)?.hold?.by, 'anna@laptop')
    assert.ok(existsSync(join(session.home, 'state/hold')))
    await session.close()
  })

  test(`${shell[0]}: whoever is not root hears nothing of it`, async () => {
    const session = new TestSession(shell)
    assert.equal(holdIn(await session.ask(sh`p_uid=1000; ${holdQuestion(true)}`)), undefined)
    await session.close()
  })
}
