import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import { sh } from '../core/shell.ts'
import { formatDkimRecord, parseDkimRecord, sameDkimKey } from '../mail/dkim-record.ts'
import { judgeSeen, type SeenRecord, valuesOf } from '../mail/seen-record.ts'
import { askEverywhere } from '../network/ask-everywhere.ts'
import { clientInTime } from '../network/in-time.ts'
import { within } from '../network/patience.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { domain, domainDirectory } from './chasquid-host.ts'
import { resolver } from './probe-fields.ts'
import { nameServers, zoneLine } from './record-fields.ts'
import { longestLook } from './server-fields.ts'

const params = () =>
  z.strictObject({
    domain: domain().describe('The domain that signs.'),
    selector: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, 'must be a label, such as mail or 2026a')
      .describe(
        'The selector: the record is `SELECTOR._domainkey.DOMAIN`. Default: all with a key on the host, for all of them sign.',
      )
      .optional(),
    servers: nameServers(),
    resolver: resolver(),
  })

type Wanted = z.output<ReturnType<typeof params>>

const kinds = {
  'dkim-missing': {
    importance: 'required',
    summary: 'The key that signs is not in DNS, or not on the host: signatures count for nothing',
    remedy: 'Add the TXT record that is shown',
  },
  'dkim-several': {
    importance: 'required',
    summary: 'A selector has more than one record, of which receivers take any one or none (RFC 6376 section 3.6.2.2)',
    remedy: 'Leave only the record that is shown',
  },
  'dkim-syntax': {
    importance: 'required',
    summary: 'The DKIM record has a mistake, or its key was cut on the way into DNS',
    remedy: 'Replace the record with the one that is shown',
  },
  'dkim-different': {
    importance: 'required',
    summary: 'DNS has another key than the one that signs, or has it revoked: every signature fails',
    remedy: 'Replace the record with the one that is shown',
  },
  'dkim-short': {
    importance: 'recommended',
    summary: 'The key has less than 2048 bits; below 1024 no receiver takes it (RFC 8301)',
    remedy: 'Make a new key with a new selector: dkim: { selector: NEW, bits: 2048 }',
  },
  'dkim-testing': {
    importance: 'recommended',
    summary: 'The record says that DKIM is being tested (t=y): receivers may take signatures for none',
    remedy: 'Replace the record with the one that is shown',
  },
} as const

const finding = findingsOf(kinds)

/** Bits of RSA that signatures should have (RFC 8301 section 3.2), and those that they must have. */
const enough = { recommended: 2048, required: 1024 }

/** What DNS says to each selector. */
export type SeenSelectors = ReadonlyMap<string, SeenRecord>

export const dkim = probe({
  name: 'dkim',
  summary: 'See whether the DKIM records of a domain are the public halves of the keys that sign on the host.',
  description: `Reads the public half of each key with openssl on the host, and its record at every server of the zone and through the resolver.`,
  examples: `
- name: DKIM of example.org
  dkim: { domain: example.org }
`,
  params,
  findings: kinds,
  // Only public halves leave the host.
  read: (wanted) => ({
    keys: sh`for file in ${domainDirectory(wanted.domain)}/dkim:${wanted.selector ?? sh`*`}.pem; do
  [ -s "$file" ] || continue
  name=\${file##*/dkim:}
  printf '%s %s\n' "\${name%.pem}" "$(openssl pkey -in "$file" -pubout -outform DER | base64 -w 0)"
done`,
  }),
  look: ({ domain, servers = [], resolver: setting }, { keys }, { signal }) =>
    within(longestLook, signal, async (soon): Promise<SeenSelectors> => {
      const client = clientInTime(resolverClient(setting), soon)
      const seen = [...parseKeys(keys).keys()].map(
        async (selector) =>
          [
            selector,
            await askEverywhere(recordName(selector, domain), 'TXT', { resolver: client, servers }, soon),
          ] as const,
      )
      return new Map(await Promise.all(seen))
    }),
  judge: (wanted, now, seen) => judgeDkim(wanted, now.keys, seen),
})

/** @param keys a line `SELECTOR KEY` for each key on the host: its SubjectPublicKeyInfo in base64. */
export function judgeDkim({ domain, selector }: Wanted, keys: string, seen: SeenSelectors): Report {
  const found = parseKeys(keys)
  const unusable = found.size === 0 ? (selector ?? '*') : [...found].find(([, key]) => key === '')?.[0]
  if (unusable !== undefined) {
    const text = `there is no key ${domainDirectory(domain)}/dkim:${unusable}.pem on the host to sign with`
    const remedy = 'provision -i INVENTORY site --tags chasquid'
    return { findings: [finding.wrong('dkim-missing', { subject: recordName(unusable, domain), text, remedy })] }
  }
  return {
    findings: [...seen].flatMap(([name, record]) => {
      const subject = recordName(name, domain)
      return judgeSeen(
        record,
        (answer) => judgeRecords(subject, found.get(name)!, valuesOf(answer)),
        (text) => finding.unknown('dkim-missing', { subject, text }),
      )
    }),
  }
}

function parseKeys(answer: string): ReadonlyMap<string, string> {
  const lines = answer.split('\n').filter((line) => line !== '')
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]))
}

function judgeRecords(subject: string, key: string, values: readonly string[]): readonly Finding[] {
  const remedy = zoneLine(subject, 'TXT', formatDkimRecord(key))
  const [record, ...more] = values
  if (record === undefined) return [finding.wrong('dkim-missing', { subject, text: 'there is no record', remedy })]
  if (more.length > 0) {
    const text = `there are ${values.length} records`
    return [finding.wrong('dkim-several', { subject, text, seen: values.join('\n'), remedy })]
  }
  const wrong = (id: 'dkim-syntax' | 'dkim-different' | 'dkim-testing', text: string) =>
    finding.wrong(id, { subject, text, seen: record, remedy })
  const { problems, bits, revoked, testing, algorithm } = parseDkimRecord(record)
  const mistakes = problems.filter((problem) => !problem.startsWith('the key has '))
  if (mistakes.length > 0) return [wrong('dkim-syntax', mistakes.join('; '))]
  if (revoked) return [wrong('dkim-different', 'the key is revoked: "p=" is empty')]
  if (!sameDkimKey(record, key)) return [wrong('dkim-different', 'has another key than the host signs with')]
  return [
    finding.right('dkim-missing', { subject, text: `has the key of the host, ${bits} bits` }),
    ...(testing ? [wrong('dkim-testing', 'says that DKIM is being tested: t=y')] : []),
    ...(algorithm === 'rsa' && bits !== undefined ? [judgeLength(subject, bits)] : []),
  ]
}

function judgeLength(subject: string, bits: number): Finding {
  if (bits >= enough.recommended) return finding.right('dkim-short', { subject, text: `${bits} bits` })
  return finding.wrong('dkim-short', {
    subject,
    text: `the key has ${bits} bits, where ${enough.recommended} are usual`,
    remedy: 'a new key with a new selector, in the inventory: dkim: { selector: NEW, bits: 2048 }; then rotate-dkim',
    importance: bits < enough.required ? 'required' : 'recommended',
  })
}

function recordName(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`
}
