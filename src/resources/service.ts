import * as z from 'zod'
import { type Change, change, impossible, notReady, type Plan, resource } from '../core/resource.ts'
import { type Script, sh } from '../core/shell.ts'
import { isRunning, parseUnits, readUnits, type UnitState } from './unit-state.ts'

const SUFFIX = /\.(service|socket|timer|path|mount|automount|swap|target|slice|scope|device)$/

/** `systemctl enable` has nothing to do with these: they start when something else asks for them (systemctl(1), is-enabled). */
const NEVER_ENABLED = ['static', 'transient']

const params = () =>
  z
    .strictObject({
      name: z
        .string()
        .regex(/^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*$/, 'must be the name of a unit, such as nginx or apt-daily.timer')
        .transform((name) => (SUFFIX.test(name) ? name : `${name}.service`))
        .describe('Name of the unit; `.service` may be left out.'),
      state: z
        .enum(['started', 'stopped', 'restarted', 'reloaded'])
        .describe('`restarted` and `reloaded` act every time: they belong in handlers.')
        .optional(),
      enabled: z.boolean().describe('Whether it starts with the host.').optional(),
      masked: z.boolean().describe('Whether it is kept from being started by anything at all.').optional(),
    })
    .refine(({ state, enabled, masked }) => (state ?? enabled ?? masked) !== undefined, {
      error: 'needs state, enabled or masked',
    })
    .refine(({ state, enabled, masked }) => !(masked && (enabled || (state && state !== 'stopped'))), {
      path: ['masked'],
      error: 'a masked unit can neither run nor be enabled',
    })

type Wanted = z.output<ReturnType<typeof params>>

export const service = resource({
  name: 'service',
  summary: 'Have a systemd unit running or stopped, at boot or not.',
  description: `
Services, timers, sockets and every other kind of unit. When a file of the unit has changed, systemd reads it again first (\`daemon-reload\`); that does not restart
the service. A unit that failed is reset before it is started, so that its start limit does not stand in the way.`,
  examples: `
- name: chasquid runs, now and after a restart of the host
  service: { name: chasquid, state: started, enabled: true }
- name: No automatic upgrades
  service: { name: apt-daily-upgrade.timer, state: stopped, enabled: false }
- name: restart chasquid
  service: { name: chasquid, state: restarted }
`,
  params,
  read: ({ name }) => ({ unit: readUnits(name) }),
  plan(wanted, now) {
    const [unit] = parseUnits(now.unit)
    if (!unit) return impossible('this host does not run systemd')
    const obstacle = findObstacle(wanted, unit)
    if (obstacle) return obstacle
    return [
      ...planLoading(wanted, unit),
      ...planBoot(wanted, unit),
      ...planRunning(wanted, unit),
      ...planMask(wanted, unit),
    ]
  },
})

function findObstacle({ name, masked, enabled, state }: Wanted, { load, file }: UnitState): Plan | undefined {
  const isMasked = load === 'masked' || file === 'masked'
  if (isMasked) {
    const needsUnmasking = masked === undefined && (enabled || (state && state !== 'stopped'))
    return needsUnmasking ? notReady(`${name} is masked; masked: false makes it usable`) : undefined
  }
  if (load === 'not-found') return masked ? undefined : notReady(`the unit ${name} does not exist`)
  if (load !== 'loaded') return notReady(`systemd cannot load ${name} (${load}): see systemctl status ${name}`)
  if (enabled && NEVER_ENABLED.includes(file)) {
    return impossible(
      `${name} is ${file}: its file has no [Install] section`,
      'enable the timer or socket that starts it',
    )
  }
  return undefined
}

function planLoading({ masked }: Wanted, { id, load, file, isStale }: UnitState): readonly Change[] {
  const isMasked = load === 'masked' || file === 'masked'
  return [
    ...(masked === false && isMasked ? change(id, 'masked', 'usable', sh`systemctl unmask --quiet -- ${id}`) : []),
    ...(isStale
      ? change(`files of ${id}`, 'changed since systemd read them', 'read again', sh`systemctl daemon-reload`)
      : []),
  ]
}

function planBoot({ enabled, masked }: Wanted, { id, file }: UnitState): readonly Change[] {
  if (enabled === undefined || (masked && file === 'masked')) return []
  const isEnabled = ['enabled', 'alias', 'indirect', 'generated'].includes(file)
  // Behind a mask the links of an enabled unit stay, so that what it was is not known.
  if (enabled ? isEnabled : !isEnabled && !['enabled-runtime', 'masked'].includes(file)) return []
  if (!enabled && ['indirect', 'generated'].includes(file)) return []
  const verb = enabled ? 'enable' : 'disable'
  return change(`${id} at boot`, file || 'unknown', `${verb}d`, sh`systemctl ${verb} --quiet -- ${id}`)
}

function planRunning({ state }: Wanted, unit: UnitState): readonly Change[] {
  const { id, active } = unit
  switch (state) {
    case undefined:
      return []
    case 'stopped':
      return active === 'inactive' || active === 'failed'
        ? []
        : change(id, active, 'inactive', sh`systemctl stop -- ${id}`)
    case 'started':
      return isRunning(unit) ? [] : change(id, active, 'active', start('start', unit))
    case 'restarted':
      return [{ what: id, from: '', to: 'restart', apply: start('restart', unit), always: true }]
    case 'reloaded': {
      const verb = isRunning(unit) ? 'reload' : 'start'
      return [{ what: id, from: '', to: verb, apply: start(verb, unit), always: true }]
    }
  }
}

function planMask({ masked }: Wanted, { id, load, file }: UnitState): readonly Change[] {
  if (!masked || load === 'masked' || file === 'masked') return []
  return change(id, 'usable', 'masked', sh`systemctl mask --quiet -- ${id}`)
}

// When systemd says only "job failed", what the service wrote is what helps.
function start(verb: string, { id, active }: UnitState): Script {
  // Of a port that is taken it does not say by whom.
  const listening = id.endsWith('.socket') ? sh`ss -Hltnp >&2; ` : sh``
  const act = sh`systemctl ${verb} -- ${id} || { systemctl status --no-pager --full --lines=20 -- ${id} >&2; ${listening}exit 1; }`
  return active === 'failed' ? sh`systemctl reset-failed -- ${id}; ${act}` : act
}
