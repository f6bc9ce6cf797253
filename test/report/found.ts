import { type Finding, faultText, findingsOf } from '../../src/core/finding.ts'
import type { Event } from '../../src/engine/events.ts'
import { result } from './recorded.ts'

export const { right, wrong, unknown } = findingsOf({
  'aaaa-missing': { importance: 'required', summary: '', remedy: '' },
  'spf-double': { importance: 'required', summary: '', remedy: '' },
  'dmarc-open': { importance: 'recommended', summary: '', remedy: '' },
  'tls-rpt-missing': { importance: 'optional', summary: '', remedy: '' },
  blocklisted: { importance: 'recommended', summary: '', remedy: '' },
})

/** Of every kind, in no order. */
export const findings: readonly Finding[] = [
  right('aaaa-missing', { subject: 'smtp.example.org A', text: 'is 198.51.100.11' }),
  wrong('tls-rpt-missing', { subject: '_smtp._tls.a-rather-long-name.example.org', text: 'is missing' }),
  unknown('blocklisted', {
    subject: 'zen.spamhaus.org',
    text: 'refuses to answer this resolver (127.255.255.254)',
  }),
  wrong('dmarc-open', { subject: '_dmarc.example.org', text: 'p=none protects nobody yet' }),
  wrong('spf-double', {
    subject: 'example.org SPF',
    text: 'has two records, and a receiver that finds two takes them for none',
    seen: '"v=spf1 mx -all"\n"v=spf1 -all"',
    remedy: 'example.org. 300 IN TXT "v=spf1 mx ip4:198.51.100.11 ip6:2001:db8:64::11 -all"',
  }),
  wrong('aaaa-missing', {
    subject: 'smtp.example.org AAAA',
    text: 'is missing at ns1.example.net',
    remedy: 'add:  smtp.example.org. 300 IN AAAA 2001:db8:64::11',
  }),
]

/** A task that found something. */
export function looked(status: 'ok' | 'failed' | 'unknown' | 'ignored', found = findings): Event {
  const message = faultText(found)
  const failure = message === undefined || status !== 'failed' ? {} : { failure: { message } }
  return result('mx1', 'tasks/verify.yaml:12', 'DNS of example.org', status, { findings: found, ...failure })
}
