import * as z from 'zod'
import { impossible, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { text } from './params.ts'

export const fail = resource({
  name: 'fail',
  summary: 'Stop this host with a message.',
  examples: `
- name: Not for this release
  fail: { message: This playbook is for Debian. }
  when: host.os.id != "debian"
`,
  params: () =>
    z.strictObject({
      message: text().describe('Why it cannot go on, and what to do about it.').default('stopped by the playbook'),
    }),
  read: () => ({ nothing: sh`` }),
  plan: ({ message }) => impossible(message),
})
