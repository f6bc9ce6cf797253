import type { Report } from '../../src/core/control.ts'
import type { Asked, ZoneSeen } from '../../src/mail/judge-zone.ts'
import { dnsZone, judgeZone } from '../../src/resources/dns-zone.ts'
import { zone } from '../mail/zone.ts'

export const records = [
  { name: 'smtp', type: 'A', value: '198.51.100.11', reason: 'servers connect to it' },
  { name: 'smtp', type: 'AAAA', value: '2001:DB8:0::11', reason: 'mail leaves over IPv6' },
  { name: 'smtp', type: 'TXT', value: 'v=spf1 a -all', importance: 'recommended', reason: 'bounces are judged by it' },
  { name: '@', type: 'MX', value: '10 smtp.example.org.', merge: 'yield', reason: 'replies come back by it' },
  { name: '@', type: 'TXT', value: 'v=spf1 mx ip4:198.51.100.11 ~all', reason: 'mail is refused without it' },
  { name: '_dmarc', type: 'TXT', value: 'v=DMARC1; p=none', reason: 'mail is refused without it' },
] as const

export const right = `
  smtp.example.org    A    198.51.100.11
  smtp.example.org    AAAA 2001:db8::11
  smtp.example.org    TXT  v=spf1 a -all
  example.org         MX   10 smtp.example.org
  example.org         TXT  v=spf1 mx ip4:198.51.100.11 ~all
  _dmarc.example.org  TXT  v=DMARC1; p=none
`

/** What is seen where the servers have these lines. */
export async function seenAt(...servers: readonly string[]): Promise<ZoneSeen> {
  const names = servers.map((_, index) => `ns${index + 1}.example.net`)
  const asked = await Promise.all(
    records.map(async ({ name, type }): Promise<Asked> => {
      const full = name === '@' ? 'example.org.' : `${name}.example.org.`
      const replies = servers.map(async (text, index) => ({
        server: names[index]!,
        answer: await zone(text).ask(full, type),
      }))
      return { name: full, type, replies: await Promise.all(replies) }
    }),
  )
  return { zone: 'example.org.', servers: names, problems: [], asked, elsewhere: [] }
}

/** What is asked of the probe, with defaults. */
export const params = (more: object = {}) => dnsZone.params.parse({ domain: 'Example.org', records, ...more })

/** What is said where the one server has these lines. */
export async function judged(text: string, more: object = {}): Promise<Report> {
  return judgeZone(params(more), await seenAt(text))
}

/** The right lines but for those that begin like this. */
export const without = (...words: readonly string[]): string =>
  right
    .split('\n')
    .filter((line) => !words.some((word) => new RegExp(`^ *${word}`).test(line)))
    .join('\n')
