import * as z from 'zod'
import { parseFile, planFile, readFile } from '../core/file.ts'
import { impossible, notReady, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { group, line, oneOrMore, owner } from './params.ts'

// In sudoers(5) a word of capitals is an alias, and ALL is everybody.
const isNoAlias = (name: string) => !/^[A-Z][A-Z0-9_]*$/.test(name)
const ALIAS = 'must be a name; for ALL and for aliases write content'

const command = line()
  .refine((text) => /^(ALL$|\/)/.test(text), 'must be ALL, or start with the absolute path of a program')
  .refine(
    (text) => !/^\S+\s+\^|\\$/.test(text),
    'must not be a regular expression or end in a backslash: write content',
  )

const params = () =>
  z
    .strictObject({
      name: z
        .string()
        .regex(
          /^[A-Za-z0-9_-]+$/,
          'must be letters, digits, - and _: sudo ignores files with a dot or a tilde in their name',
        )
        .describe(
          'Name of the file in /etc/sudoers.d. sudo reads the files in the order of their names; the last rule that matches wins.',
        ),
      content: z.string().regex(/\S/, 'must not be empty').describe('The whole text, as in sudoers(5).').optional(),
      user: owner().refine(isNoAlias, ALIAS).describe('User who is allowed to run the commands.').optional(),
      group: group().refine(isNoAlias, ALIAS).describe('Group whose members are allowed to run them.').optional(),
      commands: oneOrMore(command)
        .describe(
          '`ALL`, or absolute paths of programs, each with its arguments: exactly these (`*` is any text), any where there are none, and none where there is `""`.',
        )
        .optional(),
      nopasswd: z.boolean().describe('Do not ask for the password of who calls sudo.').default(false),
      runas: z
        .string()
        .regex(/^[A-Za-z_][\w.-]*\$?(:[A-Za-z_][\w.-]*)?$/, 'must be a user, or such as user:group or ALL:ALL')
        .describe('As whom the commands may run: a user, `user:group`, `ALL`, or `ALL:ALL`.')
        .default('root'),
      state: z.enum(['present', 'absent']).describe('Whether the file is to be there.').default('present'),
    })
    .superRefine(({ content, user, group, commands, state }, context) => {
      const rule = [user, group, commands].filter((part) => part !== undefined)
      const wrong = (message: string) => context.addIssue({ code: 'custom', message })
      if (content !== undefined && rule.length > 0) wrong('needs either content, or a user or group with commands')
      if (content !== undefined || (state === 'absent' && rule.length === 0)) return
      if ((user === undefined) === (group === undefined)) wrong('needs either a user or a group, or content')
      if (commands === undefined) context.addIssue({ code: 'custom', path: ['commands'], message: 'is missing' })
    })

type Wanted = z.output<ReturnType<typeof params>>

export const sudoers = resource({
  name: 'sudoers',
  summary: 'Let a user or a group run commands as root, or as another user, by sudo.',
  description: `
One file in /etc/sudoers.d, 0440 and root's, which takes its place only after \`visudo\` accepted it. In \`commands\` the characters that mean something to
sudo (\`,\` \`:\` \`=\` \`#\`) are escaped where they are not yet. Aliases, defaults, digests and regular expressions are for \`content\`.`,
  examples: `
- name: Whoever deploys may do everything
  sudoers: { name: deploy, user: deploy, commands: ALL, runas: "ALL:ALL", nopasswd: true }
- name: Operators may restart the mail server
  sudoers:
    name: mail-operators
    group: operators
    commands: [/usr/bin/systemctl restart chasquid, /usr/bin/journalctl --unit=chasquid]
- name: Longer sessions
  sudoers: { name: timeout, content: "Defaults timestamp_timeout=30" }
`,
  params,
  read: ({ name }) => ({
    sudo: sh`if command -v visudo >/dev/null; then echo installed; else echo none; fi`,
    file: readFile(pathOf(name)),
  }),

  plan(wanted, now) {
    const path = pathOf(wanted.name)
    const found = parseFile(now.file)
    if (wanted.state === 'absent') {
      if (found.kind === 'absent' || found.kind === 'no directory') return []
      if (found.kind === 'directory')
        return impossible(`${path} is a directory`, 'remove it with the resource directory')
      return [{ what: path, from: 'present', to: 'absent', apply: sh`remove_file ${path}` }]
    }
    if (now.sudo === 'none\n') return notReady('sudo is not installed')
    const attributes = { owner: 'root', group: 'root', mode: '0440' }
    return planFile({ path, content: textOf(wanted), ...attributes, validate: 'visudo -cf %s' }, found)
  },

  guard: ({ name }) => ({ files: [pathOf(name)] }),
})

function pathOf(name: string): string {
  return `/etc/sudoers.d/${name}`
}

function textOf({ content, user, group, commands = [], nopasswd, runas }: Wanted): string {
  if (content !== undefined) return content.endsWith('\n') ? content : `${content}\n`
  const tag = nopasswd ? 'NOPASSWD: ' : ''
  return `# managed by provision\n${user ?? `%${group}`} ALL=(${runas}) ${tag}${commands.map(escapeCommand).join(', ')}\n`
}

/** sudoers(5): these characters end a command unless a backslash stands before them. */
function escapeCommand(command: string): string {
  return command.replace(/\\.|[,:=#]/gs, (found) => (found.length === 1 ? `\\${found}` : found))
}
