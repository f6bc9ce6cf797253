import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tool, Wanted } from '../types.ts'
import { sshConfig } from './ssh.ts'

/** It is in no Debian package: it takes part where the command is there. */
export const pyinfra: Tool = {
  name: 'pyinfra',
  title: 'pyinfra',
  packages: [],
  version: async () => {
    const { status, stdout } = spawnSync('pyinfra', ['--version'], { encoding: 'utf8' })
    return status === 0 ? stdout.trim().split('\n').at(-1)?.replace('pyinfra: ', '') : undefined
  },
  async prepare(wanted, place) {
    const { folder, key, knownHosts, targets } = place
    const config = await sshConfig(place)
    const common = {
      ssh_user: 'root',
      ssh_key: key,
      ssh_config_file: config,
      ssh_known_hosts_file: knownHosts,
      ssh_strict_host_key_checking: 'yes',
    }
    const hosts = targets.map(({ name, address, port }) => {
      return `  (${text(name)}, ${JSON.stringify({ ...common, ssh_hostname: address, ssh_port: port })}),\n`
    })
    await writeFile(join(folder, 'inventory.py'), `hosts = [\n${hosts.join('')}]\n`)
    await writeFile(join(folder, 'deploy.py'), `${imports}${wanted.map(operation).join('')}`)
    return {
      argv: ['pyinfra', '-y', 'inventory.py', 'deploy.py'],
      cwd: folder,
      // A line for each host and operation.
      unchanged: /^(?![\s\S]*\] Success)[\s\S]*\] No changes/,
    }
  },
}

const imports = `from io import StringIO
from pyinfra import host
from pyinfra.facts.files import File
from pyinfra.operations import apt, files, server, systemd
`

function operation(thing: Wanted): string {
  switch (thing.kind) {
    case 'directory':
      return `files.directory(path=${text(thing.path)}, mode=${text(mode(thing.mode))})\n`
    case 'file':
      return `files.put(src=StringIO(${text(thing.content)}), dest=${text(thing.path)}, mode=${text(mode(thing.mode))})\n`
    case 'line':
      return `files.line(path=${text(thing.path)}, line=${text(thing.line)})\n`
    case 'user':
      return `server.user(user=${text(thing.name)}, shell=${text(thing.shell)}, comment=${text(thing.comment)}, home=${text(`/home/${thing.name}`)})\n`
    case 'package':
      return `apt.packages(packages=[${text(thing.name)}], no_recommends=True, update=False)\n`
    case 'service':
      return `systemd.service(service=${text(thing.name)}, running=True, enabled=True)\n`
    case 'sysctl':
      return `server.sysctl(key=${text(thing.key)}, value=${Number(thing.value)}, persist=True, persist_file="/etc/sysctl.d/60-bench.conf")\n`
    // Its way to say "only once": a fact, asked for while the operations are put together.
    case 'command':
      return `if not host.get_fact(File, path=${text(thing.creates)}):\n    server.shell(commands=[${text(thing.run)}])\n`
  }
}

function mode(octal: string): string {
  return octal.replace(/^0/, '')
}

/** JSON is Python, too, as long as it has strings and numbers only. */
function text(value: string): string {
  return JSON.stringify(value)
}
