import { gunzipSync } from 'node:zlib'
import * as z from 'zod'
import { HostError } from '../core/error.ts'
import { resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { decrypt, readIdentities } from '../local/age.ts'
import { readIfThere } from '../local/files.ts'
import { readTar, type TarEntry } from '../local/tar.ts'
import { path } from './params.ts'

const params = () =>
  z.strictObject({
    file: z.string().min(1).describe('The archive on the controller.'),
    identity: z.string().min(1).describe('File on the controller with the age identity (`AGE-SECRET-KEY-…`).'),
    paths: z.array(path()).min(1).describe('Only what is at or below these paths.').optional(),
  })

export const ageOpen = resource({
  name: 'age_open',
  summary: 'Open an archive of `age_archive` for the tasks below.',
  description: `Nothing is written in clear: what is registered stays in memory and is masked in all output. \`register\` keeps \`files\` (each with \`path\`, \`mode\`, \`owner\`,
\`group\` and \`base64\`, for \`restored_file\`), \`directories\` and \`links\` (with \`target\`).`,
  examples: `
- age_open: { file: "backups/{{ inventory_hostname }}.tar.gz.age", identity: ~/.config/age/key.txt }
  register: backup
- debug: { message: "{{ length backup.files }} files" }
`,
  params,
  read: () => ({ nothing: sh`` }),
  plan: () => [],
  async control({ file, identity, paths = ['/'] }, _, controller) {
    const sealed = await readIfThere(file)
    if (sealed === undefined)
      throw new HostError(`there is no archive ${file}`, { hint: 'the playbook "backup" makes it' })
    const opened = await decrypt(sealed, await readIdentities(atHome(identity)), file)
    const entries = unpack(Buffer.from(opened), file).filter(({ path: own }) => paths.some((one) => isBelow(own, one)))
    const files = entries.filter(({ kind }) => kind === 'file').map(toFile)
    for (const { base64 } of files) controller.secret(base64)
    return {
      result: {
        files,
        directories: entries.filter(({ kind }) => kind === 'directory').map(attributes),
        links: entries.filter(({ kind }) => kind === 'link').map(({ path: own, target }) => ({ path: own, target })),
      },
    }
  },
})

function unpack(archive: Buffer, file: string): readonly TarEntry[] {
  try {
    return readTar(gunzipSync(archive))
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new HostError(`${file} is no archive of this program: ${error.message}`)
  }
}

function attributes({ path: own, mode, owner, group }: TarEntry) {
  return { path: own, mode, owner, group }
}

function toFile(entry: TarEntry) {
  return { ...attributes(entry), base64: entry.content.toString('base64') }
}

function isBelow(own: string, other: string): boolean {
  return other === '/' || own === other || own.startsWith(`${other}/`)
}

function atHome(file: string): string {
  return file.replace(/^~(?=\/)/, process.env.HOME ?? '~')
}
