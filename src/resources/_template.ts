import * as z from 'zod'
import { placeFile } from '../core/file.ts'
import { change, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { line, path } from './params.ts'

// `npm run new-resource NAME` copies this file. The contract, with all that is optional, is in src/core/resource.ts.
export const example = resource({
  name: 'example',
  summary: 'Say in one line what it keeps as wanted.',
  examples: `
- name: Say what it is good for
  example: { path: /etc/example, value: 10 }
`,

  // Every field is described: this is validation, reference page and editor help in one. Common fields are in params.ts.
  params: () =>
    z.strictObject({
      path: path().describe('Say what it is.'),
      value: line().describe('Say what it means.'),
    }),

  // Shell text that asks, and exits with 0 also where there is nothing to be found.
  read: ({ path }) => ({ value: sh`if [ -e ${path} ]; then cat -- ${path}; else echo absent; fi` }),

  // What differs and the shell text that mends it; nothing when all is as wanted. It may say notReady or impossible instead.
  plan: ({ path, value }, now) =>
    change(path, now.value.trimEnd(), value, placeFile({ path, content: `${value}\n`, mode: '0644' })),
})
