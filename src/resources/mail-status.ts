import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import type { Finding } from '../core/finding.ts'
import { recall, remember } from '../local/state.ts'
import { type MailTraffic, parseMailLog } from '../mail/mail-log.ts'
import { judgeStatus, kinds, type Limits, type Status } from './mail-status-judge.ts'
import {
  parseCertificates,
  parseQueue,
  parseServices,
  parseVersions,
  readCertificates,
  readMailLog,
  readQueue,
  readServices,
  readSystem,
  readVersions,
} from './mail-status-read.ts'
import { ago, statusTable } from './mail-status-table.ts'
import { duration } from './params.ts'
import { domainName } from './probe-fields.ts'

const params = () =>
  z.strictObject({
    name: domainName().describe('The public name of the host: what it was last time is remembered under it.'),
    hours: z.int().min(1).max(720).describe('How many hours of the mail log are counted.').default(24),
    min_days: z.int().min(0).describe('Days that a certificate must last.').default(14),
    max_wait: duration()
      .describe('How long a message may wait in the queue.')
      .default(4 * 3600),
    queue_items: z
      .int()
      .min(1)
      .describe('Most messages that the queue takes: chasquid’s `max_queue_items`.')
      .default(200),
    max_disk: z.int().min(1).max(100).describe('How full a file system may be, in percent.').default(90),
  })

/** What is compared with the time before: what changes by itself all the time is not among it. */
type Snapshot = Readonly<Record<string, string>>

interface Seen {
  readonly now: number
  readonly before: { readonly time: number; readonly snapshot: Snapshot } | undefined
}

type Answers = Readonly<Record<'services' | 'versions' | 'certificates' | 'queue' | 'log' | 'system', string>>

export const mailStatus = probe({
  name: 'mail_status',
  summary: 'Say how a mail host is: services, versions, certificates, queue, traffic, disk, upgrades.',
  description: `Shows a table, and what has changed since the last time this machine asked. \`register\` keeps \`services\`, \`versions\`, \`certificates\` (days left), \`queue\`
(\`items\`, \`oldest\` in seconds), \`traffic\` (\`sent\`, \`deferred\`, \`failed\`, \`refused\`, \`wrong_passwords\`), \`disk\` (percent), \`upgrades\` and \`reboot\`.`,
  examples: `
- mail_status: { name: smtp.example.org }
`,
  params,
  findings: kinds,
  read: ({ hours }) => ({
    services: readServices,
    versions: readVersions,
    certificates: readCertificates,
    queue: readQueue,
    log: readMailLog(hours),
    system: readSystem,
  }),

  look: async ({ name }, answers): Promise<Seen> => {
    const key = `status-${name}.json`
    const before = recall(key) as Seen['before']
    const seen = { now: Date.now(), before }
    remember(key, { time: seen.now, snapshot: snapshotOf(parse(answers)) })
    return seen
  },

  judge: (wanted, answers, { now, before }): Report => {
    const status = parse(answers)
    const limits: Limits = { ...wanted, now }
    const findings: readonly Finding[] = judgeStatus(status, limits)
    const changes = before === undefined ? [] : differences(before.snapshot, snapshotOf(status))
    const since =
      before === undefined
        ? []
        : [`${`since ${ago(now - before.time)}`.padEnd(12)} ${changes.join('; ') || 'nothing has changed'}`]
    return {
      findings,
      message: [...statusTable(status, limits), ...since].join('\n'),
      result: toResult(status, now),
    }
  },
})

function parse(answers: Answers): Status {
  const [, disk = '0'] = /^disk (\d+)/m.exec(answers.system) ?? []
  const [, upgrades = '0'] = /^upgrades (\d+)/m.exec(answers.system) ?? []
  return {
    services: parseServices(answers.services),
    versions: parseVersions(answers.versions),
    certificates: parseCertificates(answers.certificates),
    queue: parseQueue(answers.queue),
    traffic: parseMailLog(answers.log),
    disk: Number(disk),
    upgrades: Number(upgrades),
    reboot: /^reboot$/m.test(answers.system),
  }
}

function snapshotOf({ services, versions, certificates, upgrades, reboot }: Status): Snapshot {
  return Object.fromEntries([
    ...services.map(({ name, state }) => [name, state]),
    ...versions,
    ...certificates.map(({ name, end }) => [
      `certificate ${name}`,
      `until ${new Date(end).toISOString().slice(0, 16)}`,
    ]),
    ['upgrades', String(upgrades)],
    ['reboot', reboot ? 'wanted' : 'not wanted'],
  ])
}

function differences(before: Snapshot, after: Snapshot): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name} ${before[name] ?? 'absent'} → ${after[name] ?? 'absent'}`)
}

function toResult({ services, versions, certificates, queue, traffic, disk, upgrades, reboot }: Status, now: number) {
  return {
    services: Object.fromEntries(services.map(({ name, state }) => [name, state])),
    versions: Object.fromEntries(versions),
    certificates: Object.fromEntries(certificates.map(({ name, end }) => [name, Math.floor((end - now) / 86_400_000)])),
    queue: { ...queue },
    traffic: counts(traffic),
    disk,
    upgrades,
    reboot,
  }
}

function counts({ sent, deferred, failed, refused, wrongPasswords }: MailTraffic) {
  return { sent, deferred, failed, refused, wrong_passwords: wrongPasswords }
}
