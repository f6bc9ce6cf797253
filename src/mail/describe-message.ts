import { type Finding, isFault } from '../core/finding.ts'
import type { Explanation, TimedHop } from './explain-message.ts'

/** The message and its way, for people: who wrote it, then one line for each server that took it. */
export function describeMessage(message: Explanation): string {
  const { from, sender, subject, hops, arc, unsubscribe } = message
  const envelope = sender === undefined || sender === from ? '' : `, MAIL FROM <${sender}>`
  const width = Math.max(0, ...hops.map(({ by = '' }) => by.length))
  return [
    `From ${from ?? 'nobody'}${envelope}`,
    ...(subject === undefined ? [] : [`Subject ${subject}`]),
    ...hops.map((hop) => describeHop(hop, width, hop === message.arrival)),
    ...(arc > 0 ? [`ARC: ${arc} ${arc === 1 ? 'server' : 'servers'} on the way vouched for what was seen there`] : []),
    ...(unsubscribe === undefined ? [] : [UNSUBSCRIBE[unsubscribe]]),
  ].join('\n')
}

/** One line: what is right and wrong, by signs. */
export function summarize(findings: readonly Finding[], message: Explanation): string {
  const seconds = message.hops.reduce((sum, hop) => sum + (hop.seconds ?? 0), 0)
  const facts = findings.map((finding) => `${signOf(finding)} ${labelOf(finding)}`)
  return `${facts.join('  ')}  ${seconds} s on the way`
}

const UNSUBSCRIBE = {
  'one-click': 'List-Unsubscribe with one click (RFC 8058)',
  link: 'List-Unsubscribe, but not with one click: large receivers want List-Unsubscribe-Post too (RFC 8058)',
}

function describeHop(
  { by = 'a server', helo, ptr, address, protocol, tls, seconds }: TimedHop,
  width: number,
  isArrival: boolean,
): string {
  const client =
    helo === undefined ? [] : [`from ${helo}${address === undefined || helo.includes(address) ? '' : ` [${address}]`}`]
  const name = ptr === undefined || ptr === helo ? [] : [`named ${ptr}`]
  const how = [...client, ...name, protocol ?? '', tls?.version ?? (tls ? 'TLS' : '')].filter(Boolean).join(', ')
  const time = seconds === undefined ? '' : `${seconds} s`
  return `${isArrival ? '→' : ' '} ${time.padStart(6)}  ${by.padEnd(width)}  ${how}`.trimEnd()
}

function signOf(finding: Finding): string {
  if (finding.verdict === 'right') return '✔'
  if (finding.verdict === 'unknown') return '?'
  return isFault(finding) ? '✖' : '!'
}

function labelOf({ subject, text }: Finding): string {
  const [method = ''] = subject.split(' ')
  if (method === 'TLS') return /^TLS [\d.]+/.exec(text)?.[0] ?? 'TLS'
  return method === 'address' ? text.slice(0, 4) : method
}
