import type { Limits, Status } from './mail-status-judge.ts'

const DAY = 86_400_000

/** The table of `status`: one line for each kind of thing, names on the left. */
export function statusTable(status: Status, { now, hours }: Limits): readonly string[] {
  const { services, versions, certificates, queue, traffic, disk, upgrades, reboot } = status
  const down = services.filter(({ state }) => state !== 'active').map((service) => `${service.name} ${service.state}`)
  const restarts = services.reduce((sum, service) => sum + service.restarts, 0)
  const rows: readonly (readonly [string, string])[] = [
    [
      'services',
      `${down.length === 0 ? 'all run' : down.join(', ')}${restarts > 0 ? `, restarted by systemd ${restarts === 1 ? 'once' : `${restarts} times`}` : ''}`,
    ],
    [
      'versions',
      [...versions].map(([program, version]) => `${program} ${version}`).join(', ') || 'nothing is installed',
    ],
    ...certificates.map(
      ({ name: domain, end }) => ['certificate', `${domain}  ${Math.floor((end - now) / DAY)} days left`] as const,
    ),
    ['queue', queue.items === 0 ? 'empty' : `${queue.items} waiting, the oldest for ${ago(queue.oldest * 1000)}`],
    [
      `last ${hours} h`,
      `${traffic.sent} sent, ${traffic.deferred} deferred, ${traffic.failed} failed, ${traffic.refused} refused, ${traffic.wrongPasswords} wrong passwords`,
    ],
    ['disk', `${disk} % full`],
    ['upgrades', `${upgrades === 0 ? 'none pending' : `${upgrades} pending`}${reboot ? ', a reboot is wanted' : ''}`],
  ]
  return rows.map(([word, text]) => `${word.padEnd(12)} ${text}`)
}

/** A span of time in the two largest units: `3 d 4 h`, `13 min`. */
export function ago(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000)
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  if (days > 0) return `${days} d ${hours % 24} h`
  if (hours > 0) return `${hours} h ${minutes % 60} min`
  return minutes > 0 ? `${minutes} min` : `${Math.max(0, Math.floor(milliseconds / 1000))} s`
}
