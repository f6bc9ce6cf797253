import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lab } from '../../src/lab/lab.ts'
import { mailInventory } from '../../src/lab/mail-inventory.ts'
import { provision } from '../tools/provision.ts'
import type { Tool } from '../types.ts'

const root = join(import.meta.dirname, '../..')

/** What the other contestants do not do. */
const leftOut = 'upgrades: false, time_sync: false, journal: false, ssh: false, sender_guard: false'

/** The playbook `site` as it is shipped, with its specialities switched off by variables and its questions by a tag. */
export function siteProvision(lab: Lab, host: string): Tool {
  return {
    ...provision,
    async prepare(_, { folder }) {
      const vars = `${leftOut}, local_resolver: false`.split(', ').map((one) => `    ${one}\n`)
      const inventory = await mailInventory(lab)
      await writeFile(join(folder, 'inventory.yaml'), inventory.replace('  vars:\n', `  vars:\n${vars.join('')}`), {
        mode: 0o600,
      })
      await readFile(join(root, 'dist/cli.js'))
      const words = ['-i', 'inventory.yaml', 'site', '--limit', host, '--skip-tags', 'preflight']
      return {
        argv: [process.execPath, join(root, 'dist/cli.js'), ...words],
        cwd: folder,
        unchanged: /^(?![\s\S]*changed [1-9])[\s\S]*changed 0/,
      }
    },
  }
}
