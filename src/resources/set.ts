import * as z from 'zod'
import { resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'

export const set = resource({
  name: 'set',
  summary: 'Set variables of this host for the tasks below.',
  examples: `
- name: Where the release goes
  set: { release: "/opt/app/releases/42", keep: 3 }
`,
  params: () =>
    z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a name, such as release_path'), z.json())
      .describe('Names and their values.'),
  read: () => ({ nothing: sh`` }),
  plan: () => [],
  variables: (values) => values,
})
