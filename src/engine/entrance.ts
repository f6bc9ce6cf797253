import { UnreachableError } from '../core/error.ts'
import type { JsonObject } from '../core/json.ts'
import type { Answer, Question, Session } from '../core/session.ts'
import { factsIn, factsQuestion } from './facts.ts'

const FACTS = 'provision.facts'

export interface Entered {
  /** The variable `host`. */
  readonly facts: JsonObject
  readonly answers: ReadonlyMap<string, Answer>
}

/**
 * What is done first in a session: the lock is taken, and in the same turn the host says what it is.
 *
 * @param owner who takes the lock; nothing: a check, which takes none.
 * @throws {UnreachableError} when another run holds the host.
 */
export async function enter(
  session: Session,
  owner: string | undefined,
  questions: readonly Question[],
): Promise<Entered> {
  const [lock, answers] = await Promise.all([
    owner === undefined ? { held: true as const } : session.lock(owner),
    session.survey([{ id: FACTS, script: factsQuestion }, ...questions]),
  ])
  if (!lock.held) {
    const hint = 'Wait for it to end, then run again.'
    throw new UnreachableError('lock', `another run holds this host: ${lock.by}`, hint)
  }
  return { facts: factsIn(answers.get(FACTS)), answers }
}
