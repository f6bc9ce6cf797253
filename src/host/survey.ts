import type { Batch } from '../core/batch.ts'
import type { Answer, Question } from '../core/session.ts'
import { quote } from '../core/shell.ts'
import type { RememberedAnswers } from './answers.ts'
import { SurveyOperation } from './operations.ts'

/** Keys that one command line takes; far from what execve(2) allows. */
const MOST_KEYS = 256

/** One command for many questions. */
interface Lot {
  readonly id: string
  readonly batch: Batch<unknown>
  readonly keys: readonly unknown[]
  /** The question of each key. */
  readonly questions: readonly Question[]
}

/** Tells a shell something, and waits until it is over. */
type Send = (operation: SurveyOperation, text: string) => Promise<ReadonlyMap<string, Answer>>

/**
 * Asks questions with as little work on the host as they can be asked with: what is asked twice is asked once, and what a
 * batch answers takes no command of its own. Where a batch cannot tell, its questions are asked one by one, in a turn more.
 */
export async function survey(
  questions: readonly Question[],
  memory: RememberedAnswers,
  send: Send,
): Promise<ReadonlyMap<string, Answer>> {
  const texts = new Map(questions.map(({ id, script }) => [id, script.reveal()]))
  const first = new Map<string, Question>()
  for (const question of questions) {
    const text = texts.get(question.id)!
    if (!first.has(text)) first.set(text, question)
  }
  const { lots, singles } = arrange([...first.values()])
  const found = new Map(await ask(singles, lots, memory, texts, send))
  const again = lots.flatMap((lot) => answerOf(lot, memory, texts, found))
  if (again.length > 0) for (const [id, answer] of await ask(again, [], memory, texts, send)) found.set(id, answer)
  return new Map(
    questions.map(({ id }) => {
      const asked = first.get(texts.get(id)!)!.id
      if (asked !== id) memory.adopt(id, asked)
      return [id, found.get(asked)!]
    }),
  )
}

function arrange(questions: readonly Question[]): {
  readonly lots: readonly Lot[]
  readonly singles: readonly Question[]
} {
  const singles = questions.filter(({ script }) => !script.batched)
  const byBatch = new Map<Batch<unknown>, Question[]>()
  for (const question of questions) {
    const batch = question.script.batched?.batch
    if (!batch) continue
    const lot = byBatch.get(batch)
    if (lot) lot.push(question)
    else byBatch.set(batch, [question])
  }
  const lots: Lot[] = []
  for (const [batch, all] of byBatch) {
    for (let start = 0; start < all.length; start += MOST_KEYS) {
      const own = all.slice(start, start + MOST_KEYS)
      if (own.length === 1) singles.push(...own)
      else lots.push({ id: `batch.${lots.length}`, batch, keys: own.map(keyOf), questions: own })
    }
  }
  return { lots, singles }
}

function ask(
  singles: readonly Question[],
  lots: readonly Lot[],
  memory: RememberedAnswers,
  texts: ReadonlyMap<string, string>,
  send: Send,
): Promise<ReadonlyMap<string, Answer>> {
  const lines = [
    ...singles.map(({ id }) => {
      const text = texts.get(id)!
      return `p_survey ${memory.add(id, text)} ${quote(text)}\n`
    }),
    ...lots.map(({ id, batch, keys }) => {
      const text = batch.ask(keys, memory.mark).reveal()
      return `p_batch ${memory.add(id, '')} ${quote(text)}\n`
    }),
  ]
  const ids = [...singles.map(({ id }) => id), ...lots.map(({ id }) => id)]
  return send(new SurveyOperation(memory, ids), lines.join(''))
}

/** Takes from a batch what it answers. @returns the questions that it does not. */
function answerOf(
  { id, batch, keys, questions }: Lot,
  memory: RememberedAnswers,
  texts: ReadonlyMap<string, string>,
  found: Map<string, Answer>,
): Question[] {
  const output = memory.bytes(id)
  const answers = output === undefined ? [] : batch.split(output, keys, memory.mark)
  return questions.filter((question, index) => {
    const text = answers[index]
    if (text === undefined) return true
    const bytes = memory.answer(text)
    memory.add(question.id, texts.get(question.id)!)
    memory.report(question.id, bytes, false)
    found.set(question.id, memory.parse(bytes, ''))
    return false
  })
}

function keyOf({ script }: Question): unknown {
  return script.batched?.key
}
