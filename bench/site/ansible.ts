import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lab } from '../../src/lab/lab.ts'
import { ansible, ansibleMitogen, ansiblePipelining } from '../tools/ansible.ts'
import type { Tool } from '../types.ts'
import { siteState } from './state.ts'

/** The mail server by `ansible.yaml`, for each way to use Ansible: settings and inventory are those of the other scenarios. */
export function siteAnsible(lab: Lab, host: string): readonly Tool[] {
  return [ansible, ansiblePipelining, ansibleMitogen].map((tool) => ({
    ...tool,
    packages: [...tool.packages, 'python3-dnspython'],
    async prepare(_, place) {
      const command = await tool.prepare([], place)
      await copyFile(join(import.meta.dirname, 'ansible.yaml'), join(place.folder, 'play.yaml'))
      const vars = JSON.stringify(await siteState(lab, host))
      await writeFile(join(place.folder, 'vars.json'), vars, { mode: 0o600 })
      const gathering = tool === ansible ? 'implicit' : 'explicit'
      const env = { ...command.env, ANSIBLE_GATHERING: gathering }
      return { ...command, env, argv: [...command.argv, '--extra-vars', '@vars.json'] }
    },
  }))
}
