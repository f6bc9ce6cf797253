import * as z from 'zod'
import { parseFile, planFile, readFile } from '../core/file.ts'
import { resource } from '../core/resource.ts'
import { Secret } from '../core/secret.ts'
import { attributes, path } from './params.ts'
import { secret } from './secret-field.ts'

const params = () =>
  z.strictObject({
    path: path().describe('The file.'),
    base64: z
      .union([secret(), z.literal('').transform(() => new Secret(''))])
      .describe('Its content, which is never shown. It must be text.'),
    ...attributes,
  })

export const restoredFile = resource({
  name: 'restored_file',
  summary: 'Put a file of a backup back in its place.',
  description:
    'Like `file`, for content that nobody may see: keys, password hashes. `age_open` registers what it wants.',
  examples: `
- restored_file: { path: /etc/chasquid/domains/example.org/users, base64: "{{ backup.users }}", group: chasquid, mode: "0640" }
`,
  params,
  read: ({ path: own, base64 }) => ({ file: readFile(own, content(base64)) }),
  plan: ({ base64, ...wanted }, now) => planFile({ ...wanted, content: content(base64) }, parseFile(now.file)),
})

function content(base64: Secret): Secret {
  return new Secret(Buffer.from(base64.reveal(), 'base64').toString('utf8'))
}
