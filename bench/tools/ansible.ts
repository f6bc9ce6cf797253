import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import type { Command, Place, Tool, Wanted } from '../types.ts'
import { sshConfig } from './ssh.ts'

/** Where Debian's ansible-mitogen has its strategies. */
const strategies = '/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy'

/** What experienced users set: no second upload for every task, all hosts at once, and no facts that nobody asked for. */
const tuned = { forks: 50, pipelining: true, facts: false }

export const ansible = contestant('ansible', 'Ansible as packaged', { forks: 5, pipelining: false, facts: true })
export const ansiblePipelining = contestant('ansible-pipelining', 'Ansible, pipelining and 50 forks', tuned)
export const ansibleMitogen = contestant('ansible-mitogen', 'Ansible with Mitogen and 50 forks', {
  ...tuned,
  strategy: 'mitogen_linear',
})

interface Settings {
  readonly forks: number
  readonly pipelining: boolean
  readonly facts: boolean
  readonly strategy?: string
}

function contestant(name: string, title: string, settings: Settings): Tool {
  const mitogen = settings.strategy === undefined ? [] : ['ansible-mitogen']
  return {
    name,
    title,
    packages: ['ansible', ...mitogen],
    version: async () => versionOf(mitogen),
    prepare: (wanted, place) =>
      prepare([{ hosts: 'all', gather_facts: settings.facts, tasks: wanted.map(task) }], place, settings),
  }
}

/** Writes the plays, an inventory and an ansible.cfg. */
async function prepare(plays: readonly object[], place: Place, settings: Settings): Promise<Command> {
  const { folder, targets } = place
  const config = await sshConfig(place)
  const { forks, pipelining, strategy } = settings
  const defaults = [
    'inventory = hosts.ini',
    `forks = ${forks}`,
    'interpreter_python = /usr/bin/python3',
    ...(strategy ? [`strategy_plugins = ${strategies}`, `strategy = ${strategy}`] : []),
  ]
  const ssh = [
    `pipelining = ${pipelining ? 'True' : 'False'}`,
    // As Ansible has it by itself, and the file with the names.
    `ssh_args = -F ${config} -C -o ControlMaster=auto -o ControlPersist=60s`,
    `control_path_dir = ${folder}/cp`,
  ]
  await writeFile(
    join(folder, 'ansible.cfg'),
    `[defaults]\n${defaults.join('\n')}\n[ssh_connection]\n${ssh.join('\n')}\n`,
  )
  await writeFile(join(folder, 'hosts.ini'), targets.map(({ name }) => `${name}\n`).join(''))
  await writeFile(join(folder, 'play.yaml'), dump(plays))
  return {
    argv: ['ansible-playbook', 'play.yaml'],
    cwd: folder,
    env: { ANSIBLE_CONFIG: join(folder, 'ansible.cfg'), ANSIBLE_LOCAL_TEMP: join(folder, 'tmp') },
    unchanged: /^(?![\s\S]*changed=[1-9])[\s\S]*changed=0/,
  }
}

function task(thing: Wanted): object {
  switch (thing.kind) {
    case 'directory':
      return { file: { path: thing.path, state: 'directory', mode: thing.mode } }
    case 'file':
      return { copy: { dest: thing.path, content: thing.content, mode: thing.mode } }
    case 'line':
      return { lineinfile: { path: thing.path, line: thing.line, create: true } }
    case 'user':
      return { user: { name: thing.name, shell: thing.shell, comment: thing.comment } }
    case 'package':
      return { apt: { name: thing.name, install_recommends: false, update_cache: true, cache_valid_time: 86_400 } }
    case 'service':
      return { systemd: { name: thing.name, state: 'started', enabled: true } }
    case 'sysctl':
      return {
        'ansible.posix.sysctl': {
          name: thing.key,
          value: thing.value,
          sysctl_set: true,
          reload: false,
          sysctl_file: '/etc/sysctl.d/60-bench.conf',
        },
      }
    case 'command':
      return { command: { cmd: thing.run, creates: thing.creates } }
  }
}

async function versionOf(mitogen: readonly string[]): Promise<string | undefined> {
  const { status, stdout } = spawnSync('ansible-playbook', ['--version'], { encoding: 'utf8' })
  const core = /core ([\d.]+)/.exec(stdout ?? '')?.[1]
  if (status !== 0 || core === undefined) return undefined
  if (mitogen.length === 0) return `ansible-core ${core}`
  const script = 'import mitogen; print(".".join(map(str, mitogen.__version__)))'
  const found = spawnSync('/usr/bin/python3', ['-c', script], { encoding: 'utf8' })
  return found.status === 0 ? `Mitogen ${found.stdout.trim()}, ansible-core ${core}` : undefined
}
