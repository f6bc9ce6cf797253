import { smtpAdvice } from './smtp-advice.ts'

/** What happened to mail in a span of time, from chasquid's mail log (internal/maillog/maillog.go). */
export interface MailTraffic {
  /** Deliveries to one recipient each. */
  readonly sent: number
  /** Attempts that will be made again. */
  readonly deferred: number
  /** Deliveries that were given up. */
  readonly failed: number
  /** Messages of others that were refused. */
  readonly refused: number
  /** Log-ins that were refused. */
  readonly wrongPasswords: number
  /** Why mail was deferred or failed, the most frequent first. */
  readonly reasons: readonly MailReason[]
}

export interface MailReason {
  readonly count: number
  readonly kind: 'deferred' | 'failed'
  /** What the other server said last, one of those that count here. */
  readonly said: string
  /** Who was written to then. */
  readonly to: string
  readonly advice: string
}

/**
 * Reads the counts and the last troubles, as `readMailLog` prints them: `sent 3`, `deferred 1` …, then lines of the log.
 */
export function parseMailLog(text: string): MailTraffic {
  const count = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
  return {
    sent: count('sent'),
    deferred: count('deferred'),
    failed: count('failed'),
    refused: count('refused'),
    wrongPasswords: count('passwords'),
    reasons: reasonsIn(text),
  }
}

function reasonsIn(text: string): readonly MailReason[] {
  const reasons = new Map<string, MailReason>()
  for (const [, to = '', how, said = ''] of text.matchAll(
    /^\S+ from=.* to=(\S+) failed \((temporary|permanent)\): (.*)$/gm,
  )) {
    const kind = how === 'permanent' ? 'failed' : 'deferred'
    const advice = smtpAdvice(said) ?? 'see the whole story: provision logs'
    const key = `${kind} ${advice}`
    reasons.set(key, { count: (reasons.get(key)?.count ?? 0) + 1, kind, said, to, advice })
  }
  return [...reasons.values()].toSorted((a, b) => b.count - a.count)
}
