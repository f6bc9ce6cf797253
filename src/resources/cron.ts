import * as z from 'zod'
import { parseFile, planFile, readFile } from '../core/file.ts'
import { impossible, notReady, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { line, owner, text } from './params.ts'

/** One time field of crontab(5): `*`, numbers, ranges, lists, steps, names. */
function field(what: string) {
  return text()
    .refine((value) => /^[*0-9A-Za-z,/-]+$/.test(value), 'must be as in crontab(5), such as */5 or 1-5')
    .describe(`${what}, as in crontab(5).`)
    .default('*')
}

const params = () =>
  z
    .strictObject({
      name: z
        .string()
        .regex(/^[A-Za-z0-9_-]+$/, 'must be letters, digits, - and _: cron ignores files with other names')
        .describe('Name of the file in /etc/cron.d.'),
      job: line().describe('Command line. A `%` means a line break in crontab(5) unless written `\\%`.').optional(),
      state: z.enum(['present', 'absent']).describe('Whether the job is to be there.').default('present'),
      user: owner().describe('User to run it as.').default('root'),
      minute: field('Minute'),
      hour: field('Hour'),
      day: field('Day of the month'),
      month: field('Month'),
      weekday: field('Day of the week'),
      special_time: z
        .enum(['reboot', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'])
        .describe('In place of the five time fields.')
        .optional(),
      env: z
        .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), line())
        .describe('Variables above the job, such as MAILTO. Not for passwords: the file is readable to everybody.')
        .default({}),
    })
    .refine(({ state, job }) => state === 'absent' || job !== undefined, { path: ['job'], error: 'is missing' })

export const cron = resource({
  name: 'cron',
  summary: 'Run a command at certain times, by cron.',
  description:
    'The job is one file in /etc/cron.d. For a systemd host `timer` is the better choice: it logs, and it catches up.',
  examples: `
- name: Old logs go at night
  cron: { name: old-logs, minute: 17, hour: 3, job: "find /var/log/app -mtime +30 -delete" }
- name: At every start
  cron: { name: warm-up, special_time: reboot, user: www-data, job: /opt/app/warm-up, env: { MAILTO: root } }
- name: No longer
  cron: { name: old-job, state: absent }
`,
  params,
  read: ({ name }) => ({ file: readFile(file(name)) }),
  plan(wanted, now) {
    const path = file(wanted.name)
    const found = parseFile(now.file)
    if (wanted.state === 'present') {
      if (found.kind === 'no directory') return notReady('/etc/cron.d does not exist: is cron installed?')
      return planFile({ path, content: content(wanted), owner: 'root', group: 'root', mode: '0644' }, found)
    }
    if (found.kind === 'absent' || found.kind === 'no directory') return []
    if (found.kind === 'directory') return impossible(`${path} is a directory`)
    return [{ what: path, from: 'present', to: 'absent', apply: sh`remove_file ${path}` }]
  },
})

function file(name: string): string {
  return `/etc/cron.d/${name}`
}

function content(wanted: z.output<ReturnType<typeof params>>): string {
  const { minute, hour, day, month, weekday, special_time, user, job, env } = wanted
  const time = special_time ? `@${special_time}` : [minute, hour, day, month, weekday].join(' ')
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}\n`)
  return `# managed by provision\n${variables.join('')}${time} ${user} ${job}\n`
}
