import * as z from 'zod'
import { impossible, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { condition, text } from './params.ts'

export const assert = resource({
  name: 'assert',
  summary: 'Stop where a condition is not met.',
  description: 'Conditions are written as in `when`, without braces. Checks are stopped by them, too.',
  examples: `
- name: Debian 12 or newer
  assert: { that: host.os.id == "debian" and host.os.version | int >= 12, message: This playbook is for Debian 12 and newer. }
- name: Every name is there
  assert:
    that:
      - mail_host is defined
      - domains is defined
`,
  params: () =>
    z.strictObject({
      that: z
        .union([condition(), z.array(condition()).min(1)], { error: 'must be a condition or a list of them' })
        .describe('Condition, or a list of conditions that must all be met.'),
      message: text().describe('What to say where one is not met.').optional(),
    }),
  read: () => ({ nothing: sh`` }),
  plan({ that, message }) {
    const conditions = [that].flat()
    const failed = conditions.indexOf(false) + 1
    if (failed === 0) return []
    const which =
      conditions.length === 1 ? 'the condition is not met' : `condition ${failed} of ${conditions.length} is not met`
    return impossible(message ?? which)
  },
})
