import type { Finding } from '../core/finding.ts'
import type { DnsAnswer } from './dns-answer.ts'
import type { RecordType } from './dns-record.ts'

interface Said {
  /** Who says it, for messages. */
  readonly server: string
  readonly answer: DnsAnswer
}

/** What everybody says to one question. */
export interface SeenRecord {
  readonly name: string
  readonly type: RecordType
  /** The servers of the zone. */
  readonly authority: readonly Said[]
  readonly resolver: Said
}

/** What is there, as far as the servers of the zone agree with each other: else what the first one says that answers. */
export function newestAnswer({ authority, resolver }: SeenRecord): DnsAnswer {
  return authority.find(({ answer }) => isAnswered(answer))?.answer ?? resolver.answer
}

/** Every answer that somebody gives, once for each set of values. */
export function distinctAnswers({ authority, resolver }: SeenRecord): readonly DnsAnswer[] {
  const answers = [...authority, resolver].map(({ answer }) => answer).filter(isAnswered)
  return answers.filter((one, index) => answers.findIndex((other) => sameValues(one, other)) === index)
}

/**
 * Judges each answer, and says what is wrong with any of them.
 * Where the servers of the zone have it right and only the resolver does not, that is what it remembers, and no fault.
 *
 * @param judge findings for one answer.
 * @param unknown the finding where nobody answers.
 */
export function judgeSeen(
  { authority, resolver }: SeenRecord,
  judge: (answer: DnsAnswer) => readonly Finding[],
  unknown: (why: string) => Finding,
): readonly Finding[] {
  const judged = [...authority, resolver]
    .filter(({ answer }) => isAnswered(answer))
    .map((said) => ({ said, findings: judge(said.answer) }))
  const [first] = judged
  if (first === undefined) return [unknown(resolver.answer.error ?? 'no answer')]
  const wrong = judged.filter(({ findings }) => findings.some(isWrong))
  const [worst] = wrong
  if (worst === undefined) return first.findings
  if (wrong.length === judged.length) return worst.findings
  const isRemembered = worst.said === resolver
  const where = wrong.map(({ said }) => said.server).join(', ')
  return worst.findings.map(({ remedy, ...finding }) => {
    if (!isWrong(finding)) return finding
    const { text } = finding
    if (isRemembered)
      return { ...finding, verdict: 'unknown', text: `${text} at ${where}; its own servers have it right` }
    return {
      ...finding,
      text: `${text} at ${where}; the others have it right`,
      ...(remedy === undefined ? {} : { remedy }),
    }
  })
}

/** The values of the records of an answer. */
export function valuesOf({ records }: DnsAnswer): readonly string[] {
  return records.map(({ value }) => value)
}

function isAnswered({ status }: DnsAnswer): boolean {
  return status !== 'failed'
}

/** Whether two answers hold the same values. */
export function sameValues(one: DnsAnswer, other: DnsAnswer): boolean {
  return valuesOf(one).toSorted().join('\n') === valuesOf(other).toSorted().join('\n')
}

function isWrong({ verdict }: Finding): boolean {
  return verdict === 'wrong'
}
