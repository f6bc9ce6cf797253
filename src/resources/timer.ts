import * as z from 'zod'
import { type FileState, parseFile, planFile, readFile } from '../core/file.ts'
import { type Change, impossible, isChanges, type Plan, resource } from '../core/resource.ts'
import { joinScripts, sh } from '../core/shell.ts'
import { duration, line, oneOrMore, owner, path } from './params.ts'
import { isRunning, parseUnits, readUnits, type UnitState } from './unit-state.ts'

const FOLDER = '/etc/systemd/system'

const params = () =>
  z
    .strictObject({
      name: z
        .string()
        .regex(/^[A-Za-z0-9:_.@-]+$/, 'must be letters, digits, and : _ . @ -')
        .describe('Name of both units, without `.timer` or `.service`.'),
      command: line()
        .describe(
          'What to run, as in ExecStart= of systemd.service(5): an absolute path and arguments, no shell syntax.',
        )
        .optional(),
      on_calendar: oneOrMore(line())
        .describe('When, as in systemd.time(7): daily, `Mon *-*-* 03:00`. May be a list.')
        .optional(),
      on_boot: duration().describe('So long after the host started, too.').optional(),
      every: duration().describe('So long after it was last started, again and again.').optional(),
      state: z.enum(['present', 'absent']).describe('`absent` stops it and removes both units.').default('present'),
      description: line().describe('One line for logs and `systemctl list-timers`.').optional(),
      user: owner().describe('User to run it as.').default('root'),
      working_directory: path().describe('Directory to run it in.').optional(),
      environment: z
        .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), line())
        .describe('Environment variables. Not for passwords: units are readable to everybody.')
        .default({}),
      persistent: z.boolean().describe('Catch up once when the host was off at the time.').default(true),
      randomized_delay: duration()
        .describe('Wait up to so long more, so that many hosts do not start at once.')
        .optional(),
    })
    .refine(({ state, command }) => state === 'absent' || command !== undefined, {
      path: ['command'],
      error: 'is missing',
    })
    .refine(
      (wanted) => wanted.state === 'absent' || (wanted.on_calendar ?? wanted.on_boot ?? wanted.every) !== undefined,
      {
        error: 'needs on_calendar, on_boot or every',
      },
    )

type Wanted = z.output<ReturnType<typeof params>>

export const timer = resource({
  name: 'timer',
  summary: 'Run a command at certain times, by systemd.',
  description: `
Two units in /etc/systemd/system, NAME.service and NAME.timer; the timer is enabled and started. \`systemctl list-timers\` shows when it runs next, \`journalctl -u NAME\`
what it said, \`systemctl start NAME\` runs it now.`,
  examples: `
- name: Certificates are renewed
  timer:
    name: acme-renew
    command: /root/.acme.sh/acme.sh --cron --home /root/.acme.sh
    on_calendar: daily
    randomized_delay: 1h
- name: The old timer is gone
  timer: { name: old-renew, state: absent }
`,
  params,
  read: ({ name }) => ({
    service: readFile(`${FOLDER}/${name}.service`),
    timer: readFile(`${FOLDER}/${name}.timer`),
    units: readUnits(`${name}.timer`, `${name}.service`),
  }),
  plan(wanted, now) {
    const [unit, started] = parseUnits(now.units)
    if (!unit || !started) return impossible('this host does not run systemd')
    const files = { service: parseFile(now.service), timer: parseFile(now.timer) }
    return wanted.state === 'absent'
      ? planAbsent(wanted, files, unit)
      : planPresent(wanted, files, unit, unit.isStale || started.isStale)
  },
})

interface Files {
  readonly service: FileState
  readonly timer: FileState
}

function planPresent(wanted: Wanted, files: Files, unit: UnitState, isStale: boolean): Plan {
  const { name } = wanted
  const written: Change[] = []
  for (const kind of ['service', 'timer'] as const) {
    const content = kind === 'service' ? serviceFile(wanted) : timerFile(wanted)
    const plan = planFile(
      { path: `${FOLDER}/${name}.${kind}`, content, owner: 'root', group: 'root', mode: '0644' },
      files[kind],
    )
    if (!isChanges(plan)) return plan
    written.push(...plan)
  }
  const state = `${unit.file || 'absent'}, ${unit.active}`
  const isAsWanted = unit.file === 'enabled' && isRunning(unit) && !isStale
  if (written.length === 0 && isAsWanted) return []
  const id = `${name}.timer`
  // enable, too, has systemd read all files again when it has made links (systemctl(1)): no need to do that twice.
  const reload = unit.file === 'enabled' ? sh`systemctl daemon-reload && ` : sh``
  const enable = sh`${reload}systemctl enable --quiet -- ${id} && systemctl restart -- ${id}`
  const to = written.length > 0 || isStale ? 'enabled, active, read again' : 'enabled, active'
  return [...checkCalendar(wanted, written), { what: id, from: state, to, apply: enable }]
}

function planAbsent({ name }: Wanted, files: Files, unit: UnitState): Plan {
  const paths = (['timer', 'service'] as const)
    .filter((kind) => !['absent', 'no directory'].includes(files[kind].kind))
    .map((kind) => `${FOLDER}/${name}.${kind}`)
  if (paths.length === 0) return []
  const steps = [
    ...(unit.load === 'not-found' ? [] : [sh`systemctl disable --quiet --now -- ${`${name}.timer`}`]),
    sh`remove_file ${paths}`,
    sh`systemctl daemon-reload`,
  ]
  return [{ what: `${name}.timer`, from: 'present', to: 'absent', apply: joinScripts(steps, ' && ') }]
}

// A time that systemd does not understand must be found before the old timer is replaced.
function checkCalendar({ on_calendar = [] }: Wanted, written: readonly Change[]): readonly Change[] {
  const [first, ...others] = written
  if (!first || on_calendar.length === 0) return written
  const check = sh`systemd-analyze calendar -- ${on_calendar} >/dev/null`
  return [{ ...first, apply: joinScripts([check, first.apply], ' && ') }, ...others]
}

function serviceFile({ name, command, user, description, working_directory, environment }: Wanted): string {
  const variables = Object.entries(environment).map(([key, value]) => `Environment=${quoted(`${key}=${value}`)}`)
  return unitFile([
    '[Unit]',
    `Description=${escaped(description ?? name)}`,
    '',
    '[Service]',
    'Type=oneshot',
    `User=${user}`,
    ...(working_directory ? [`WorkingDirectory=${escaped(working_directory)}`] : []),
    ...variables,
    `ExecStart=${command}`,
  ])
}

function timerFile({
  name,
  description,
  on_calendar = [],
  on_boot,
  every,
  persistent,
  randomized_delay,
}: Wanted): string {
  return unitFile([
    '[Unit]',
    `Description=${escaped(description ?? name)}`,
    '',
    '[Timer]',
    ...on_calendar.map((time) => `OnCalendar=${time}`),
    ...(on_boot === undefined ? [] : [`OnBootSec=${on_boot}s`]),
    // Without a first start there would never be a second one.
    ...(every === undefined ? [] : [`OnActiveSec=${every}s`, `OnUnitActiveSec=${every}s`]),
    ...(randomized_delay === undefined ? [] : [`RandomizedDelaySec=${randomized_delay}s`]),
    // The default is a minute, which nobody expects who writes a time.
    'AccuracySec=1s',
    ...(on_calendar.length > 0 ? [`Persistent=${persistent ? 'yes' : 'no'}`] : []),
    '',
    '[Install]',
    'WantedBy=timers.target',
  ])
}

function unitFile(lines: readonly string[]): string {
  return `# managed by provision\n${lines.join('\n')}\n`
}

// systemd.unit(5): % begins a specifier. Inside quotes backslash and quote are escaped (systemd.syntax(7)).
function escaped(text: string): string {
  return text.replaceAll('%', '%%')
}

function quoted(text: string): string {
  return `"${escaped(text).replace(/[\\"]/g, '\\$&')}"`
}
