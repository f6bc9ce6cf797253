import * as z from 'zod'
import { parseFile, planFile, readFile } from '../core/file.ts'
import { resource } from '../core/resource.ts'
import { path, placing, text } from './params.ts'

const params = () =>
  z
    .strictObject({
      src: z.string().min(1).describe('File of the controller, beside the playbook or in its `files/`.').optional(),
      content: text().describe('The whole text, in place of `src`.').optional(),
      dest: path().describe('The file on the host: its own name, not that of its directory.'),
      ...placing,
      force: z.boolean().describe('`false`: a file that is there already keeps its content.').default(true),
    })
    .refine(({ src, content }) => (src === undefined) !== (content === undefined), {
      error: 'needs either src or content',
    })

export const copy = resource({
  name: 'copy',
  summary: 'Put a file of the controller on the host.',
  description: `
The file takes its place in one step, with owner and mode set, after \`validate\` accepted it. Text up to 64 KiB is compared line by line and shown as a diff;
larger and binary files are compared by their SHA-256.`,
  examples: `
- name: Message of the day
  copy: { src: motd, dest: /etc/motd }
- name: Who may use sudo
  copy:
    content: "deploy ALL=(ALL) NOPASSWD: ALL\\n"
    dest: /etc/sudoers.d/deploy
    mode: '0440'
    validate: visudo -cf %s
`,
  params,
  files: { src: 'content' },
  read: ({ dest, content }, { src }) => ({ state: readFile(dest, content ?? src.content) }),
  plan({ dest, content, force, ...rest }, now, { src }) {
    const found = parseFile(now.state)
    const kept = !force && found.kind === 'file'
    return planFile({ ...rest, path: dest, content: kept ? undefined : (content ?? src.content) }, found)
  },
})
