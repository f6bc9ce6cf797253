import * as z from 'zod'
import { type FileState, parseFile, placeFile, planFile, readFile } from '../core/file.ts'
import { impossible, isChanges, type Plan, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { path, placing, text } from './params.ts'

/** States that Ansible's module of the same name has, and what does their work here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  directory: 'is done by the resource directory',
  link: 'is done by the resource link',
  touch: 'is called present here',
  file: 'is called present here',
}

const params = () =>
  z
    .strictObject({
      path: path().describe('The file.'),
      state: z
        .enum(['present', 'absent'], {
          error: ({ input }) => ELSEWHERE[String(input)] ?? 'must be present or absent',
        })
        .describe('`present` makes an empty file where there is none; `absent` removes a file or a link.')
        .default('present'),
      content: text().describe('The whole text. Without it the text stays as it is.').optional(),
      ...placing,
    })
    .refine(({ state, content }) => state === 'present' || content === undefined, {
      path: ['content'],
      error: 'has no meaning for a file that is to be absent',
    })

type Wanted = z.output<ReturnType<typeof params>>

export const file = resource({
  name: 'file',
  summary: 'Make, fill or remove a file, with its owner, group and mode.',
  description: `
A new file is written beside the old one, gets its owner and mode, is accepted by \`validate\`, and takes the old one's place in one step: nobody ever sees half a file.
What is left out stays as it is; a new file belongs to root and has mode 0644. For a file of the controller there are \`copy\` and \`template\`.`,
  examples: `
- name: Mail name
  file: { path: /etc/mailname, content: "mx1.example.org\\n" }
- name: The key is private
  file: { path: /etc/ssl/private/mx1.key, owner: root, group: root, mode: '0600' }
- name: No old configuration
  file: { path: /etc/chasquid/old.conf, state: absent }
`,
  params,
  read: ({ path, content }) => ({ state: readFile(path, content) }),
  plan(wanted, now) {
    const found = parseFile(now.state)
    return wanted.state === 'absent' ? planAbsent(wanted, found) : planPresent(wanted, found)
  },
})

function planAbsent({ path }: Wanted, now: FileState): Plan {
  if (now.kind === 'absent' || now.kind === 'no directory') return []
  if (now.kind === 'directory') return impossible(`${path} is a directory`, 'remove it with the resource directory')
  const from = now.kind === 'link' ? `link to ${now.target}` : now.kind === 'file' ? 'file' : 'special file'
  return [{ what: path, from, to: 'absent', apply: sh`remove_file ${path}` }]
}

function planPresent(wanted: Wanted, now: FileState): Plan {
  if (now.kind !== 'absent' || wanted.content !== undefined) return planFile(wanted, now)
  const empty = { ...wanted, content: '' }
  const plan = planFile(empty, now)
  return isChanges(plan) ? [{ what: wanted.path, from: 'absent', to: 'empty file', apply: placeFile(empty) }] : plan
}
