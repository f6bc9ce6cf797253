import { type Finding, type FindingKind, findingsOf } from '../core/finding.ts'
import { smtpAdvice } from './smtp-advice.ts'

/** What can go wrong with a message between the program that wrote it and the receiver's server. */
export const deliveryKinds = {
  'mail-not-accepted': {
    importance: 'required',
    summary: 'Our own server does not take a message from a sender who logs in',
    remedy: 'The reason says it: port, certificate, password or recipient',
  },
  'mail-delayed': {
    importance: 'required',
    summary: 'A message waits in the queue: the receiver put it off, or cannot be reached',
    remedy: 'Mend what the reply names. chasquid tries again after 1, 5, 10 and then every 20 minutes',
  },
  'mail-bounced': {
    importance: 'required',
    summary: 'The receiver refused a message for good, and the sender gets it back',
    remedy: 'Mend what the reply names, then send again',
  },
} as const satisfies Record<string, FindingKind>

/** A message that a server of ours took. */
export interface SentMessage {
  readonly messageId: string
  readonly from: string
  readonly to: string
  /** The port on which it was handed in. */
  readonly port: number
  /** The client's own port then, by which the log tells connections apart; behind NAT it is another one. */
  readonly localPort: number
}

/** What became of a message, by chasquid's log. */
export interface Delivery {
  readonly message: SentMessage
  /** `unseen`: the log does not mention it. */
  readonly status: 'sent' | 'waiting' | 'delayed' | 'bounced' | 'unseen'
  readonly queueId?: string
  /** The last attempt for each recipient; aliases make several of one. */
  readonly attempts: readonly DeliveryAttempt[]
}

export interface DeliveryAttempt {
  readonly to: string
  readonly outcome: 'sent' | 'temporary' | 'permanent'
  /** What the other server said. */
  readonly reply?: string
}

interface Queued {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly clientPort: number
}

const { right, wrong, unknown } = findingsOf(deliveryKinds)

/**
 * Follows messages through the lines of chasquid's mail log (internal/maillog/maillog.go): `ID from=A queued ip=I:P
 * to=[B]`, `ID from=A to=B sent`, `ID from=A to=B failed (temporary): REPLY`. The log knows no Message-ID: messages are
 * told apart by the client's port, or else by their order.
 */
export function followDeliveries(messages: readonly SentMessage[], log: readonly string[]): readonly Delivery[] {
  const queued = log.flatMap((line) => parseQueued(line) ?? [])
  const taken = new Set<string>()
  return messages.map((message) => {
    const fitting = queued.filter(
      ({ id, from, to }) => !taken.has(id) && same(from, message.from) && same(to, message.to),
    )
    const found = fitting.find(({ clientPort }) => clientPort === message.localPort) ?? fitting[0]
    if (!found) return { message, status: 'unseen', attempts: [] }
    taken.add(found.id)
    const attempts = attemptsOf(found.id, log)
    return { message, status: statusOf(attempts), queueId: found.id, attempts }
  })
}

/** @param seconds how long the log was followed. */
export function judgeDelivery({ message, status, attempts, queueId }: Delivery, seconds: number): readonly Finding[] {
  const subject = `to ${message.to}, port ${message.port}`
  if (status === 'unseen') {
    const text = 'the journal of chasquid does not mention the message: is `mail_log_path` set to something else?'
    return [unknown('mail-delayed', { subject, text })]
  }
  if (status === 'sent') return [right('mail-bounced', { subject, text: 'the receiver took it' })]
  if (status === 'waiting') {
    const text = `no answer of the receiver within ${seconds} s; it is in the queue as ${queueId}`
    return [wrong('mail-delayed', { subject, text, remedy: deliveryKinds['mail-delayed'].remedy })]
  }
  return attempts.flatMap(({ to, outcome, reply = '' }) => {
    if (outcome === 'sent') return []
    const id = outcome === 'permanent' ? 'mail-bounced' : 'mail-delayed'
    const text = outcome === 'permanent' ? `refused for good` : `put off; it is in the queue as ${queueId}`
    const about = same(to, message.to) ? text : `${text}; it goes on to ${to}`
    return [wrong(id, { subject, text: about, seen: reply, remedy: smtpAdvice(reply) ?? deliveryKinds[id].remedy })]
  })
}

function parseQueued(line: string): Queued | undefined {
  const [, id, from, port, to] = /^(\S+) from=(\S+) queued ip=\S*:(\d+) to=\[(\S+)\]$/.exec(line) ?? []
  if (id === undefined || from === undefined || to === undefined) return undefined
  return { id, from, to, clientPort: Number(port) }
}

function attemptsOf(id: string, log: readonly string[]): readonly DeliveryAttempt[] {
  const attempts = new Map<string, DeliveryAttempt>()
  for (const line of log) {
    if (!line.startsWith(`${id} `)) continue
    const [, to, kind, reply] =
      /^\S+ from=\S+ to=(\S+) (?:sent|failed \((temporary|permanent)\): (.*))$/s.exec(line) ?? []
    if (to === undefined) continue
    const outcome = kind === 'temporary' || kind === 'permanent' ? kind : 'sent'
    // A reply of several lines stays one text.
    attempts.set(to, { to, outcome, ...(reply === undefined ? {} : { reply: reply.replace(/\s*\n\s*/g, ' ') }) })
  }
  return [...attempts.values()]
}

function statusOf(attempts: readonly DeliveryAttempt[]): Delivery['status'] {
  if (attempts.length === 0) return 'waiting'
  if (attempts.some(({ outcome }) => outcome === 'permanent')) return 'bounced'
  return attempts.some(({ outcome }) => outcome === 'temporary') ? 'delayed' : 'sent'
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
