/**
 * What the tools that call `ssh` have in common.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command, Place } from '../types.ts'

/** An ssh_config in which every target has its name, strict host keys and the key of the bench. @returns its path. */
export async function sshConfig({ folder, key, knownHosts, targets }: Place): Promise<string> {
  const file = join(folder, 'ssh_config')
  const hosts = targets.map(({ name, address, port }) => `Host ${name}\n  HostName ${address}\n  Port ${port}\n`)
  const common = `Host *\n  User root\n  IdentityFile ${key}\n  IdentitiesOnly yes\n  BatchMode yes\n  UserKnownHostsFile ${knownHosts}\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n`
  await writeFile(file, hosts.join('') + common)
  return file
}

/** A command line for each host: alone as it is, several at once in the background of a shell that waits for all. */
export function atOnce({ folder, targets }: Place, line: (host: string) => string): Command {
  const lines = targets.map(({ name }) => line(name))
  const [first = ':'] = lines
  if (lines.length === 1) return { argv: ['sh', '-c', `exec ${first}`], cwd: folder }
  const begun = lines.map((one) => `${one} & pids="$pids $!"`)
  return { argv: ['sh', '-c', `${begun.join('\n')}\nfor pid in $pids; do wait $pid || exit 1; done`], cwd: folder }
}

/** A word for the shell. */
export function word(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
