import * as z from 'zod'
import type { JsonObject } from '../core/json.ts'
import { change, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { readGroups } from './account-state.ts'
import { group as groupName } from './params.ts'

export const group = resource({
  name: 'group',
  summary: 'Make or remove a group of users.',
  examples: `
- name: The group of those who may read certificates
  group: { name: tls, system: true }
`,
  params: () =>
    z.strictObject({
      name: groupName().describe('The group.'),
      gid: z.int().nonnegative().describe('Its number.').optional(),
      system: z.boolean().describe('Take a number of the range for services, when it is made.').default(false),
      state: z.enum(['present', 'absent']).describe('`absent` removes the group, not its members.').default('present'),
    }),

  read: ({ name }) => ({ entry: readGroups([name]) }),

  plan({ name, gid, system, state }, now) {
    const found = now.entry.split(':')[2]
    if (state === 'absent')
      return found === undefined ? [] : change(`group ${name}`, 'present', 'absent', sh`groupdel ${name}`)
    if (found === undefined) {
      const options = [...(gid === undefined ? [] : ['--gid', gid]), ...(system ? ['--system'] : [])]
      return change(`group ${name}`, 'absent', 'present', sh`groupadd ${[...options, name]}`)
    }
    return gid === undefined
      ? []
      : change(`number of group ${name}`, found, String(gid), sh`groupmod --gid ${gid} ${name}`)
  },

  result(_, now): JsonObject {
    const gid = now.entry.split(':')[2]
    return gid === undefined ? {} : { gid: Number(gid) }
  },
})
