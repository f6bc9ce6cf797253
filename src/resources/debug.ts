import * as z from 'zod'
import { resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { text } from './params.ts'

export const debug = resource({
  name: 'debug',
  summary: 'Show a message or a value.',
  examples: `
- name: Say which kernel it is
  debug: { message: "Kernel {{ host.kernel }}" }
- name: Show the addresses
  debug: { var: host.addresses }
`,
  params: () =>
    z
      .strictObject({
        message: text().describe('Text to show.').optional(),
        var: z.json().optional().meta({
          expression: true,
          description: 'Name of a variable, or any expression as in `when`; its value is shown as JSON.',
        }),
      })
      .refine((wanted) => (wanted.message === undefined) !== (wanted.var === undefined), {
        error: 'needs either message or var',
      }),
  read: () => ({ nothing: sh`` }),
  plan: () => [],
  message: (wanted) => wanted.message ?? JSON.stringify(wanted.var, null, 2),
})
