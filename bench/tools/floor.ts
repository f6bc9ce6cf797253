import { spawnSync } from 'node:child_process'
import type { Tool } from '../types.ts'
import { atOnce, sshConfig } from './ssh.ts'

/** `ssh host true`: to log in and do nothing. No tool that uses SSH can be much faster. */
export const floor: Tool = {
  name: 'floor',
  title: 'ssh host true',
  packages: ['openssh-client'],
  version: async () => sshVersion(),
  async prepare(_wanted, place) {
    const config = await sshConfig(place)
    return atOnce(place, (host) => `ssh -F ${config} ${host} true`)
  },
}

export function sshVersion(): string | undefined {
  const { status, stderr } = spawnSync('ssh', ['-V'], { encoding: 'utf8' })
  return status === 0 ? stderr.trim() : undefined
}
