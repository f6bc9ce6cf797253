import { type Finding, findingsOf } from '../core/finding.ts'
import { knownHoles } from '../mail/known-holes.ts'
import type { MailTraffic } from '../mail/mail-log.ts'
import { type CertificateLife, type Queue, SERVICES, type ServiceState } from './mail-status-read.ts'
import { ago } from './mail-status-table.ts'

export interface Status {
  readonly services: readonly ServiceState[]
  readonly versions: ReadonlyMap<string, string>
  readonly certificates: readonly CertificateLife[]
  readonly queue: Queue
  readonly traffic: MailTraffic
  /** The fullest file system, in percent. */
  readonly disk: number
  /** Packages that could be upgraded. */
  readonly upgrades: number
  readonly reboot: boolean
}

export interface Limits {
  readonly now: number
  readonly hours: number
  readonly min_days: number
  readonly max_wait: number
  readonly queue_items: number
  readonly max_disk: number
}

const DAY = 86_400_000

/** From here on the queue is called full: at the limit chasquid answers 451. */
const FULL = 0.9

export const kinds = {
  'service-down': {
    importance: 'required',
    summary: 'A service, port or timer of the mail server does not run',
    remedy: 'systemctl status NAME says why; the playbook `site` starts it again',
  },
  'version-vulnerable': {
    importance: 'recommended',
    summary: 'A program has a known hole, or a fault that receivers notice',
    remedy: 'chasquid: { source: pinned } and the playbook `site`',
  },
  'certificate-ending': {
    importance: 'required',
    summary: 'A certificate on the disk ends soon: its renewal has failed',
    remedy: 'acme.sh --renew -d DOMAIN --home /var/lib/acme.sh says why; the playbook `renew-drill` tries it',
  },
  'queue-old': {
    importance: 'recommended',
    summary: 'A message has waited in the queue for hours',
    remedy: 'what the other server said, by advice below it',
  },
  'queue-full': {
    importance: 'required',
    summary: 'The queue is full, or nearly: new mail is answered with 451',
    remedy: 'send more slowly, or raise `chasquid: { queue_items: … }` and run `site`',
  },
  'delivery-refused': {
    importance: 'recommended',
    summary: 'Other servers have refused or deferred mail',
    remedy: 'by what they said',
  },
  'disk-nearly-full': {
    importance: 'required',
    summary: 'A file system is nearly full',
    remedy: 'journalctl --vacuum-size=100M and apt-get clean make some room',
  },
  'reboot-wanted': {
    importance: 'recommended',
    summary: 'Upgrades want the host to be restarted',
    remedy: 'provision run HOST -- systemctl reboot',
  },
} as const

const finding = findingsOf(kinds)

/** What is right and wrong about a mail host, apart from what the network shows. */
export function judgeStatus(status: Status, limits: Limits): readonly Finding[] {
  return [
    ...SERVICES.map((name) => judgeService(name, status.services)),
    ...judgeVersions(status.versions),
    ...status.certificates.map((certificate) => judgeCertificate(certificate, limits)),
    ...judgeQueue(status, limits),
    ...judgeTraffic(status.traffic),
    judgeDisk(status.disk, limits),
    ...(status.reboot
      ? [
          finding.wrong('reboot-wanted', {
            subject: 'reboot',
            text: 'is wanted by upgrades',
            remedy: kinds['reboot-wanted'].remedy,
          }),
        ]
      : []),
  ]
}

function judgeService(name: string, services: readonly ServiceState[]): Finding {
  const state = services.find((service) => service.name === name)?.state ?? 'unknown'
  if (state === 'active') return finding.right('service-down', { subject: name, text: 'runs' })
  return finding.wrong('service-down', { subject: name, text: `is ${state}`, remedy: `systemctl status ${name}` })
}

function judgeVersions(versions: ReadonlyMap<string, string>): readonly Finding[] {
  return (['chasquid', 'acme.sh'] as const).flatMap((program) => {
    const version = versions.get(program)
    if (version === undefined) return []
    const subject = `${program} ${version}`
    const holes = knownHoles(program, version.replace(/^\d+:/, '').replace(/-.*$/, ''))
    if (holes.length === 0) return [finding.right('version-vulnerable', { subject, text: 'has no known hole' })]
    return holes.map((text) =>
      finding.wrong('version-vulnerable', { subject, text, remedy: kinds['version-vulnerable'].remedy }),
    )
  })
}

function judgeCertificate({ name, end }: CertificateLife, { now, min_days }: Limits): Finding {
  const days = Math.floor((end - now) / DAY)
  const subject = `certificate of ${name}`
  const text = days < 0 ? `ended ${-days} days ago` : `lasts ${days} more days`
  if (days >= min_days) return finding.right('certificate-ending', { subject, text })
  return finding.wrong('certificate-ending', {
    subject,
    text,
    remedy: `acme.sh --renew -d ${name} --home /var/lib/acme.sh`,
  })
}

function judgeQueue({ queue, traffic }: Status, { max_wait, queue_items }: Limits): readonly Finding[] {
  const { items, oldest } = queue
  const advice = traffic.reasons[0]?.advice
  const age = { subject: 'queue', text: `the oldest of ${items} messages waits for ${ago(oldest * 1000)}` }
  const full = { subject: 'queue', text: `holds ${items} of ${queue_items} messages` }
  return [
    ...(items === 0
      ? []
      : [oldest > max_wait ? finding.wrong('queue-old', { ...age, remedy: advice }) : finding.right('queue-old', age)]),
    items >= queue_items * FULL
      ? finding.wrong('queue-full', { ...full, remedy: kinds['queue-full'].remedy })
      : finding.right('queue-full', full),
  ]
}

function judgeTraffic({ sent, reasons }: MailTraffic): readonly Finding[] {
  if (reasons.length === 0) return [finding.right('delivery-refused', { subject: 'deliveries', text: `${sent} sent` })]
  return reasons.map(({ count, kind, said, to, advice }) =>
    finding.wrong('delivery-refused', {
      subject: `${count} ${kind}`,
      text: `the last to ${to}`,
      seen: said,
      remedy: advice,
    }),
  )
}

function judgeDisk(disk: number, { max_disk }: Limits): Finding {
  const details = { subject: 'disk', text: `${disk} % full` }
  if (disk < max_disk) return finding.right('disk-nearly-full', details)
  return finding.wrong('disk-nearly-full', { ...details, remedy: kinds['disk-nearly-full'].remedy })
}
