import * as z from 'zod'
import { change, impossible, resource } from '../core/resource.ts'
import { type Script, sh } from '../core/shell.ts'
import { install } from './apt.ts'
import { isRunning, parseUnits, readUnits } from './unit-state.ts'

/** Units that set the clock, what is preferred first; of one with several names each release has another. */
const DAEMONS = [
  'chrony.service',
  'chronyd.service',
  'ntpsec.service',
  'ntp.service',
  'ntpd.service',
  'openntpd.service',
  'systemd-timesyncd.service',
] as const

export const timeSync = resource({
  name: 'time_sync',
  summary: 'Have the clock set from the network.',
  description: `
DKIM signatures, certificates and TLS depend on the right time. Whichever of chrony, ntpsec, ntp and openntpd is installed is the one that runs; else it is systemd-timesyncd, which is installed where even that is missing.
A container has the clock of the machine that it runs on: there is nothing to do. Whether the time is right is asked by \`host_fit\`.`,
  examples: `
- name: The clock is right
  time_sync: {}
`,
  params: () => z.strictObject({}),
  read: () => ({
    container: sh`systemd-detect-virt --container || true`,
    units: readUnits(...DAEMONS),
  }),
  plan(_, now) {
    if (!/^none$/m.test(now.container)) return []
    const all = parseUnits(now.units)
    if (all.length === 0) return impossible('this host does not run systemd')
    const unit = all.find(({ load }) => load === 'loaded')
    if (!unit)
      return change(
        'who sets the clock',
        'nobody',
        'systemd-timesyncd',
        sh`${installTimesyncd} && ${start('systemd-timesyncd.service')}`,
      )
    const { id, file, active } = unit
    if (isRunning(unit) && (file === 'enabled' || file === 'alias')) return []
    return change(id, `${file || 'unknown'}, ${active}`, 'enabled, active', start(id))
  },
})

const installTimesyncd = install({
  packages: ['systemd-timesyncd'],
  files: [],
  listsAge: 86_400,
  recommends: false,
  startServices: false,
  force: false,
  lockTimeout: 300,
})

function start(id: string): Script {
  return sh`systemctl enable --quiet ${id} && { systemctl start ${id} || { systemctl status --no-pager --full --lines=20 ${id} >&2; exit 1; }; }`
}
