import * as z from 'zod'
import { parseFile, planFile, readFile } from '../core/file.ts'
import { type Change, change, impossible, isChanges, notReady, type Plan, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { isRunning, parseUnits, readUnits, type UnitState } from './unit-state.ts'

/** Read after the files of the package, 20auto-upgrades and 50unattended-upgrades: of single values the last one counts. */
const FILE = '/etc/apt/apt.conf.d/52provision-upgrades'
const TIMERS = ['apt-daily.timer', 'apt-daily-upgrade.timer'] as const

const params = () =>
  z.strictObject({
    reboot: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time in quotes, such as "04:00"')
      .describe(
        'When to restart the host by itself after an upgrade that wants it. Left out: nothing is said about it.',
      )
      .optional(),
  })

export const unattendedUpgrades = resource({
  name: 'unattended_upgrades',
  summary: 'Have security updates installed every day.',
  description: `
Says in a file of our own, ${FILE}, that the lists are fetched and upgrades installed daily, and that updates of the release's security archive are among them; what the package
\`unattended-upgrades\`, which must be there, allows besides stays. apt must accept the file, and its two timers run. A setting elsewhere that wins is an error.

\`register\` keeps \`reboot_required\`, and in \`reboot_packages\` who wants it.`,
  examples: `
- packages: { names: [unattended-upgrades] }
- name: Security updates install themselves, and the host restarts at night where they need it
  unattended_upgrades: { reboot: "04:00" }
`,
  params,

  read: () => ({
    program: sh`command -v unattended-upgrade || true`,
    file: readFile(FILE),
    effective: sh`apt-config dump | grep -E '^(APT::Periodic::(Update-Package-Lists|Unattended-Upgrade)|Unattended-Upgrade::Automatic-Reboot(-Time)?) ' || true`,
    timers: readUnits(...TIMERS),
    reboot: sh`if [ -e /run/reboot-required ]; then echo required; sort -u /run/reboot-required.pkgs 2>/dev/null || true; fi`,
  }),

  plan({ reboot }, now): Plan {
    if (now.program === '') return notReady('unattended-upgrades is not installed')
    const timers = parseUnits(now.timers)
    if (timers.length === 0) return impossible('this host does not run systemd')
    const masked = timers.find(({ load }) => load === 'masked')
    if (masked) return impossible(`${masked.id} is masked`, `systemctl unmask ${masked.id}`)
    const settings = settingsOf(reboot)
    const plan = planFile(
      { path: FILE, content: fileOf(settings), mode: '0644', validate: VALIDATE },
      parseFile(now.file),
    )
    if (!isChanges(plan)) return plan
    const effective = parseDump(now.effective)
    const other = settings.find(([key, value]) => effective.get(key) !== value)
    if (plan.length === 0 && other) {
      const [key, value] = other
      return impossible(
        `${FILE} says ${key} "${value}", and yet apt takes "${effective.get(key) ?? ''}"`,
        `\`grep -r ${key.split('::').at(-1)} /etc/apt\` shows the later file that says so: remove it there`,
      )
    }
    return [...plan, ...timers.flatMap(planTimer)]
  },

  result: (_, now) => {
    const [required = '', ...packages] = now.reboot.split('\n').filter(Boolean)
    return { reboot_required: required !== '', reboot_packages: packages }
  },
})

/** apt refuses to do anything at all where one of its files has a mistake. */
const VALIDATE = 'apt-config -c %s dump >/dev/null'

function settingsOf(reboot: string | undefined): readonly (readonly [key: string, value: string])[] {
  return [
    ['APT::Periodic::Update-Package-Lists', '1'],
    ['APT::Periodic::Unattended-Upgrade', '1'],
    ...(reboot === undefined
      ? []
      : ([
          ['Unattended-Upgrade::Automatic-Reboot', 'true'],
          ['Unattended-Upgrade::Automatic-Reboot-Time', reboot],
        ] as const)),
  ]
}

// Lists of apt.conf(5) grow. Debian's security archive is known by its codename, Ubuntu's by its archive.
function fileOf(settings: ReturnType<typeof settingsOf>): string {
  return `// Written by provision; changes are overwritten.
${settings.map(([key, value]) => `${key} "${value}";\n`).join('')}Unattended-Upgrade::Origins-Pattern {
  "origin=\${distro_id},codename=\${distro_codename}-security";
  "origin=\${distro_id},archive=\${distro_codename}-security";
};
`
}

function parseDump(answer: string): ReadonlyMap<string, string> {
  return new Map([...answer.matchAll(/^(\S+) "(.*)";$/gm)].map(([, key = '', value = '']) => [key, value]))
}

function planTimer(unit: UnitState): readonly Change[] {
  const { id, file, active } = unit
  return [
    ...(file === 'enabled'
      ? []
      : change(`${id} at boot`, file || 'unknown', 'enabled', sh`systemctl enable --quiet ${id}`)),
    ...(isRunning(unit) ? [] : change(id, active, 'active', sh`systemctl start ${id}`)),
  ]
}
