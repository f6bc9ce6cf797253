import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tool, Wanted } from '../types.ts'
import { atOnce, sshConfig } from './ssh.ts'

/** One process for each host: it knows no inventory. */
export const itamae: Tool = {
  name: 'itamae',
  title: 'itamae',
  packages: ['itamae'],
  version: async () => {
    const { status, stdout } = spawnSync('itamae', ['version'], { encoding: 'utf8' })
    return status === 0 ? stdout.trim().replace('Itamae v', '') : undefined
  },
  async prepare(wanted, place) {
    const config = await sshConfig(place)
    await writeFile(join(place.folder, 'recipe.rb'), wanted.map(resource).join(''))
    const command = atOnce(
      place,
      (host) => `itamae ssh -h ${host} --ssh-config ${config} --no-sudo --no-color recipe.rb`,
    )
    // It tells each attribute that it changes: "executed will change from 'false' to 'true'".
    return { ...command, unchanged: /^(?![\s\S]* will )[\s\S]*Starting Itamae/ }
  },
}

function resource(thing: Wanted): string {
  switch (thing.kind) {
    case 'directory':
      return `directory ${text(thing.path)} do\n  mode ${text(thing.mode)}\nend\n`
    case 'file':
      return `file ${text(thing.path)} do\n  content ${text(thing.content)}\n  mode ${text(thing.mode)}\nend\n`
    case 'user':
      // It has no comment.
      return `user ${text(thing.name)} do\n  shell ${text(thing.shell)}\n  create_home true\nend\n${guarded(
        `usermod -c '${thing.comment}' ${thing.name}`,
        `getent passwd ${thing.name} | grep -q ':${thing.comment}:'`,
      )}`
    case 'package':
      return `package ${text(thing.name)}\n`
    case 'service':
      return `service ${text(thing.name)} do\n  action [:enable, :start]\nend\n`
    // It has no lines and no kernel parameters: guarded commands are its way.
    case 'line':
      return guarded(`echo '${thing.line}' >>${thing.path}`, `grep -qxF '${thing.line}' ${thing.path}`)
    case 'sysctl':
      return guarded(
        `sysctl -qw ${thing.key}=${thing.value} && echo '${thing.key} = ${thing.value}' >>/etc/sysctl.d/60-bench.conf`,
        `test "$(sysctl -n ${thing.key})" = ${thing.value} && grep -qxF '${thing.key} = ${thing.value}' /etc/sysctl.d/60-bench.conf`,
      )
    case 'command':
      return guarded(thing.run, `test -e ${thing.creates}`)
  }
}

function guarded(command: string, unless: string): string {
  return `execute ${text(command)} do\n  not_if ${text(unless)}\nend\n`
}

/** A string of Ruby in which nothing is replaced. */
function text(value: string): string {
  return JSON.stringify(value).replaceAll('#', '\\#')
}
