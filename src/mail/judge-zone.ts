import { compareRecord, foreignValues, type RecordState } from './compare-records.ts'
import type { DnsAnswer } from './dns-answer.ts'
import type { RecordType } from './dns-record.ts'
import type { Elsewhere, MailRecord } from './mail-domain.ts'

/** What the servers of a zone said to one question. */
export interface Asked {
  readonly name: string
  readonly type: RecordType
  readonly replies: readonly { readonly server: string; readonly answer: DnsAnswer }[]
}

/** What was seen of a zone. */
export interface ZoneSeen {
  /** With a dot at its end; nothing where none was found. */
  readonly zone: string | undefined
  /** Names of its servers. */
  readonly servers: readonly string[]
  /** What is wrong with the delegation, one sentence each. */
  readonly problems: readonly string[]
  readonly asked: readonly Asked[]
  /** What a resolver says about names in the zones of others. */
  readonly elsewhere: readonly DnsAnswer[]
}

/** A record and how it stands. */
export interface Row {
  readonly record: MailRecord
  readonly state: RecordState | 'alias' | 'disagree' | 'unknown'
  /** What it is to say, merged with what is there. */
  readonly value: string
  /** What is there in its place. */
  readonly seen: readonly string[]
  /** Why nobody knows, or who says what. */
  readonly note?: string
}

export interface ElsewhereRow {
  readonly record: Elsewhere
  readonly state: 'right' | 'wrong' | 'unknown'
  readonly seen: readonly string[]
}

/** How each record stands at the servers of its zone. */
export function judgeRecords(records: readonly MailRecord[], asked: readonly Asked[]): readonly Row[] {
  return records.map((record) => {
    const same = ({ name, type }: Pick<MailRecord, 'name' | 'type'>) => name === record.name && type === record.type
    return judgeRecord(record, records.filter(same), asked.find(same)?.replies ?? [])
  })
}

/** Mail servers of others that stand beside ours in the MX records of a name, as far as servers tell. */
export function foreignServers(records: readonly MailRecord[], asked: readonly Asked[]): readonly string[] {
  const own = records.filter(({ merge }) => merge === 'yield')
  const answers = asked.filter(({ name, type }) => own.some((record) => record.name === name && record.type === type))
  return [
    ...new Set(answers.flatMap(({ replies }) => replies.flatMap(({ answer }) => foreignValues(own, values(answer))))),
  ]
}

/** How the names in the zones of others stand. */
export function judgeElsewhere(records: readonly Elsewhere[], answers: readonly DnsAnswer[]): readonly ElsewhereRow[] {
  return records.map((record, index) => {
    const answer = answers[index]
    if (answer === undefined || answer.status === 'failed') return { record, state: 'unknown', seen: [] }
    const seen = values(answer)
    return { record, state: seen.includes(record.value) ? 'right' : 'wrong', seen }
  })
}

function judgeRecord(record: MailRecord, wanted: readonly MailRecord[], replies: Asked['replies']): Row {
  const { value } = record
  // Only a text may be found through an alias: hosts that mail is sent to must not be one (RFC 2181 section 10.3).
  const mayBeAlias = record.merge === 'kind'
  const alias = replies.find(({ answer }) => answer.aliases.length > 0)
  if (alias && !mayBeAlias) return { record, value, state: 'alias', seen: alias.answer.aliases }
  const answered = replies.filter(({ answer }) => answer.status !== 'failed')
  if (answered.length === 0) {
    const note = replies.map(({ answer }) => answer.error ?? '').find(Boolean) ?? 'no server could be asked'
    return { record, value, state: 'unknown', seen: [], note }
  }
  const found = answered.map(({ server, answer }) => ({ server, ...compareRecord(record, wanted, values(answer)) }))
  const [first, ...others] = found
  const differing = others.find((other) => other.state !== first!.state || other.seen.join() !== first!.seen.join())
  if (differing) {
    const note = [first!, differing]
      .map(({ server, state, seen }) => `${server}: ${seen.join(', ') || state}`)
      .join('; ')
    return { record, value: first!.value, state: 'disagree', seen: [], note }
  }
  const { state, seen, value: merged } = first!
  if (state !== 'right' && alias) return { record, value, state: 'alias', seen: alias.answer.aliases }
  return { record, value: merged, state, seen }
}

function values(answer: DnsAnswer): readonly string[] {
  return answer.records.map(({ value }) => value)
}
