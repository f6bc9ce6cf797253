import assert from 'node:assert/strict'
import { it } from 'node:test'
import { UnreachableError } from '../../src/core/error.ts'
import type { Answer, LockResult, Session } from '../../src/core/session.ts'
import { sh } from '../../src/core/shell.ts'
import { Entrance } from '../../src/engine/entrance.ts'
import { Journal } from '../../src/engine/journal.ts'
import { Link } from '../../src/engine/link.ts'
import { Memory } from '../../src/engine/memory.ts'
import { Waits } from '../../src/engine/waits.ts'

/** The way to a host of which each user's session answers as it is told to; `opened` are the users in order. */
function linkTo(sessions: { readonly [user: string]: Error | LockResult }, needsRoot: boolean) {
  const opened: string[] = []
  const session = (become = ''): Session => {
    opened.push(become)
    const outcome = sessions[become]
    return {
      lock: async () => (outcome instanceof Error ? Promise.reject(outcome) : outcome),
      survey: async (questions: readonly { id: string }[]) => {
        if (outcome instanceof Error) throw outcome
        return new Map(questions.map(({ id }): [string, Answer] => [id, { status: 0, text: '', stderr: '' }]))
      },
    } as unknown as Session
  }
  const nothing = (): void => undefined
  const around = { waits: new Waits(), signal: new AbortController().signal, busy: nothing, tell: nothing }
  const entrance = new Entrance('mx1', { check: false, owner: 'me' }, around)
  const connect = async () => ({ session: async (become?: string) => session(become), close: async () => undefined })
  const address = { name: 'mx1', host: 'mx1', connection: 'ssh' as const }
  return {
    opened,
    link: new Link(address, { connect, entrance, needsRoot, busy: nothing, check: false }, new Memory(), new Journal()),
  }
}

const mine: LockResult = { held: true, user: 0 }
const refused = new UnreachableError('sudo', 'sudo asks for a password to become root')
const taken: LockResult = {
  held: false,
  user: 0,
  id: 'other:mx1',
  by: 'anna@laptop',
  since: undefined,
  seconds: undefined,
  waitsFor: [],
}

it('root comes first where anything is to be done as root: the first task’s user has his turn at that task', async () => {
  const { link, opened } = linkTo({ '': mine, root: mine }, true)
  await link.begin(undefined)
  await link.begin(undefined)
  assert.deepEqual(opened, ['root'])
  await link.ask(undefined, [{ id: '0.x', script: sh`true` }])
  assert.deepEqual(opened, ['root', ''])
})

it('without anything for root, only the first task’s user is opened', async () => {
  const { link, opened } = linkTo({ deploy: mine }, false)
  await link.begin('deploy')
  assert.deepEqual(opened, ['deploy'])
})

it('where root cannot be had yet the first task goes ahead, and root is tried again at the turn of its task', async () => {
  const { link, opened } = linkTo({ '': mine, root: refused }, true)
  await link.begin(undefined)
  assert.deepEqual(opened, ['root', ''])
  await assert.rejects(link.ask('root', []), refused)
  assert.deepEqual(opened, ['root', '', 'root'])
})

it('where another run has root’s lock, nothing is done as anybody', async () => {
  const { link, opened } = linkTo({ '': mine, root: taken }, true)
  await assert.rejects(link.begin(undefined), { stage: 'lock' })
  assert.deepEqual(opened, ['root'])
})
