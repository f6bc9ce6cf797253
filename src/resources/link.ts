import * as z from 'zod'

import { parseFile, readFile } from '../core/file.ts'
import { impossible, notReady, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { path } from './params.ts'

const params = () =>
  z
    .strictObject({
      path: path().describe('The link itself.'),
      target: z
        .string()
        .regex(/^[^\n\0]+$/, 'must be a path')
        .describe('What it points to; a relative one counts from the directory of the link. It need not exist.')
        .optional(),
      state: z.enum(['present', 'absent']).describe('`absent` removes the link, never its target.').default('present'),
      force: z.boolean().describe('Take the place of a file. A directory is never replaced.').default(false),
    })
    .refine(({ state, target }) => state === 'absent' || target !== undefined, {
      path: ['target'],
      error: 'is missing',
    })

export const link = resource({
  name: 'link',
  summary: 'Make or remove a symbolic link.',
  examples: `
- name: The current release
  link: { path: /opt/app/current, target: releases/42 }
- name: The default site is off
  link: { path: /etc/nginx/sites-enabled/default, state: absent }
`,
  params,
  read: ({ path }) => ({ state: readFile(path) }),

  plan({ path, target = '', state, force }, now) {
    const found = parseFile(now.state)
    const gone = found.kind === 'absent' || found.kind === 'no directory'
    const from = found.kind === 'link' ? `link to ${found.target}` : gone ? 'absent' : found.kind
    if (state === 'absent') {
      if (gone) return []
      if (found.kind !== 'link') return impossible(`${path} is a ${found.kind}, not a link`)
      return [{ what: path, from, to: 'absent', apply: sh`remove_file ${path}` }]
    }
    if (found.kind === 'no directory') return notReady(`the directory of ${path} does not exist`)
    if (found.kind === 'link' && found.target === target) return []
    if (found.kind === 'directory') return notReady(`${path} is a directory, which a link never replaces`)
    if (!gone && found.kind !== 'link' && !force) {
      return notReady(`${path} is a ${found.kind}; force: true replaces it`)
    }
    // GNU ln makes the new link beside the old one and renames it, so that there always is one.
    return [
      { what: path, from, to: `link to ${target}`, apply: sh`keep_file ${path} && ln -sfnT -- ${target} ${path}` },
    ]
  },
})
