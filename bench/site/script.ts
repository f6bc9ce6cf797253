import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lab } from '../../src/lab/lab.ts'
import { script } from '../tools/script.ts'
import { sshConfig, word } from '../tools/ssh.ts'
import type { Tool } from '../types.ts'
import { siteState } from './state.ts'

/** The mail server by a shell script that a person wrote, over one ssh: `site.sh`, with the values ahead of it. */
export function siteScript(lab: Lab, host: string): Tool {
  return {
    ...script,
    async prepare(_, place) {
      const config = await sshConfig(place)
      const values = Object.entries(await siteState(lab, host)).map(([name, value]) => `${name}=${word(value)}\n`)
      const file = join(place.folder, 'site.sh')
      const text = await readFile(join(import.meta.dirname, 'site.sh'), 'utf8')
      await writeFile(file, values.join('') + text, { mode: 0o600 })
      return {
        argv: ['sh', '-c', `exec ssh -F ${config} ${host} sh <${file}`],
        cwd: place.folder,
        unchanged: /^changed 0\s*$/m,
      }
    },
  }
}
