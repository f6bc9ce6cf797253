import * as z from 'zod'
import { parseFile, planFile, readFile } from '../core/file.ts'
import { resource } from '../core/resource.ts'
import { path, placing } from './params.ts'

export const template = resource({
  name: 'template',
  summary: 'Render a Handlebars template of the controller into a file on the host.',
  description: `
The template is rendered on the controller, strictly: a name that does not exist is an error with its line and column, before any host is contacted.
The file takes its place in one step, with owner and mode set, after \`validate\` accepted it.`,
  examples: `
- name: Configuration of chasquid
  template: { src: chasquid.conf.hbs, dest: /etc/chasquid/chasquid.conf, mode: '0644' }
  notify: restart chasquid
- name: Configuration of sshd
  template: { src: sshd_config.hbs, dest: /etc/ssh/sshd_config, validate: sshd -t -f %s, backup: true }
`,
  params: () =>
    z.strictObject({
      src: z.string().min(1).describe('Template of the controller, beside the playbook or in its `templates/`.'),
      dest: path().describe('The file on the host: its own name, not that of its directory.'),
      ...placing,
      force: z.boolean().describe('`false`: a file that is there already keeps its content.').default(true),
    }),
  files: { src: 'template' },
  read: ({ dest }, { src }) => ({ state: readFile(dest, src.content) }),
  plan({ dest, force, ...rest }, now, { src }) {
    const found = parseFile(now.state)
    return planFile({ ...rest, path: dest, content: force || found.kind !== 'file' ? src.content : undefined }, found)
  },
})
