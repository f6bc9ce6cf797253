import * as z from 'zod'
import { parseFile, readFile } from '../core/file.ts'
import { resource } from '../core/resource.ts'
import { editLines, matches, pattern, planEdit, position, positionIn } from './edit.ts'
import { line as oneLine, path, placing } from './params.ts'

const params = () =>
  z
    .strictObject({
      path: path().describe('The text file, of up to 64 KiB.'),
      line: oneLine().describe('The line, whole.').optional(),
      regexp: pattern()
        .describe(
          'Regular expression (JavaScript). `present`: the last line that matches becomes `line`. `absent`: every line that matches goes.',
        )
        .optional(),
      state: z.enum(['present', 'absent']).describe('Whether the line is to be there.').default('present'),
      ...position,
      create: z.boolean().describe('Make the file where there is none.').default(false),
      ...placing,
    })
    .refine(({ state, line }) => state === 'absent' || line !== undefined, { path: ['line'], error: 'is missing' })
    .refine(({ line, regexp }) => line !== undefined || regexp !== undefined, { error: 'needs line or regexp' })
    .refine((wanted) => wanted.insert_after === undefined || wanted.insert_before === undefined, {
      path: ['insert_before'],
      error: 'cannot stand beside insert_after',
    })

type Wanted = Pick<z.output<ReturnType<typeof params>>, 'line' | 'regexp' | 'state' | 'insert_after' | 'insert_before'>

export const line = resource({
  name: 'line',
  summary: 'Have one line in a text file, or have it gone.',
  description: `
The last line that matches \`regexp\` is replaced; where none matches, the line is added, unless it is there already.
An expression that does not match the new line itself, such as \`^#Port\`, is used once: where the line is there, it stays.`,
  examples: `
- name: No root over SSH with a password
  line: { path: /etc/ssh/sshd_config, regexp: '^#?PermitRootLogin ', line: PermitRootLogin prohibit-password, validate: sshd -t -f %s }
- name: No swap
  line: { path: /etc/fstab, regexp: '\\sswap\\s', state: absent }
`,
  params,
  read: ({ path }) => ({ state: readFile(path) }),
  plan(wanted, now) {
    const found = parseFile(now.state)
    if (wanted.state === 'absent' && (found.kind === 'absent' || found.kind === 'no directory')) return []
    return planEdit(wanted, found, wanted.create, (text) => editLine(text, wanted))
  },
})

/** The text with the line in it, or without it. Editing twice is the same as editing once. */
export function editLine(text: string, wanted: Wanted): string {
  const { line = '', regexp, state } = wanted
  return editLines(text, (lines) => {
    if (state === 'absent') return lines.filter((each) => !matches(regexp, each) && each !== wanted.line)
    const last = lines.findLastIndex((each) => matches(regexp, each))
    const isThere = lines.includes(line)
    if (last !== -1 && !(isThere && !matches(regexp, line))) return lines.with(last, line)
    return isThere ? lines : lines.toSpliced(positionIn(lines, wanted), 0, line)
  })
}
