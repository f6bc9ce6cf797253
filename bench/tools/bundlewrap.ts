import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tool, Wanted } from '../types.ts'
import { sshConfig } from './ssh.ts'

/** Its manual has users turn on connection sharing in their ssh_config: so does this. */
export const bundlewrap: Tool = {
  name: 'bundlewrap',
  title: 'BundleWrap',
  packages: ['bundlewrap'],
  version: async () => {
    const { status, stdout } = spawnSync('bw', ['--version'], { encoding: 'utf8' })
    return status === 0 ? stdout.trim() : undefined
  },
  async prepare(wanted, place) {
    const { folder, targets } = place
    const config = await sshConfig(place)
    await mkdir(join(folder, 'bundles/bench'), { recursive: true })
    await writeFile(join(folder, 'requirements.txt'), '')
    await writeFile(join(folder, 'groups.py'), 'groups = {}\n')
    const nodes = targets.map(({ name }) => [
      name,
      { hostname: name, username: 'root', os: 'debian', bundles: ['bench'] },
    ])
    await writeFile(join(folder, 'nodes.py'), `nodes = ${JSON.stringify(Object.fromEntries(nodes))}\n`)
    await writeFile(join(folder, 'bundles/bench/items.py'), items(wanted))
    const sharing = `-F ${config} -o ControlMaster=auto -o ControlPersist=60s -o ControlPath=${folder}/cm-%C`
    return {
      argv: ['bw', 'apply', '-p', String(Math.min(50, targets.length)), ...targets.map(({ name }) => name)],
      cwd: folder,
      unchanged: /^(?![\s\S]*[1-9]\d* fixed)[\s\S]*0 fixed/,
      env: { BW_SSH_ARGS: sharing, BW_ADD_HOST_KEYS: '0', BW_SCP_ARGS: sharing, BW_TABLE_STYLE: 'grep' },
    }
  },
}

/** Items of a kind are a mapping; it orders them by what they need. Lines and kernel parameters are guarded commands. */
function items(wanted: readonly Wanted[]): string {
  const kinds = new Map<string, Map<string, object>>()
  const put = (kind: string, name: string, value: object) => {
    const known = kinds.get(kind) ?? new Map<string, object>()
    kinds.set(kind, known.set(name, value))
  }
  for (const thing of wanted) {
    switch (thing.kind) {
      case 'directory':
        put('directories', thing.path, { mode: thing.mode })
        break
      case 'file':
        put('files', thing.path, { content: thing.content, content_type: 'text', mode: thing.mode })
        break
      case 'user':
        put('users', thing.name, { shell: thing.shell, full_name: thing.comment, home: `/home/${thing.name}` })
        break
      case 'package':
        put('pkg_apt', thing.name, {})
        break
      case 'service':
        put('svc_systemd', thing.name, {})
        break
      case 'line':
        put('actions', `line ${thing.line}`, {
          command: `echo '${thing.line}' >>${thing.path}`,
          unless: `grep -qxF '${thing.line}' ${thing.path}`,
          needs: ['directory:/srv/bench'],
        })
        break
      case 'sysctl': {
        const line = `${thing.key} = ${thing.value}`
        put('actions', `sysctl ${thing.key}`, {
          command: `sysctl -qw ${thing.key}=${thing.value} && echo '${line}' >>/etc/sysctl.d/60-bench.conf`,
          unless: `test "$(sysctl -n ${thing.key})" = ${thing.value} && grep -qxF '${line}' /etc/sysctl.d/60-bench.conf`,
        })
        break
      }
      case 'command':
        put('actions', thing.run, {
          command: thing.run,
          unless: `test -e ${thing.creates}`,
          needs: ['directory:/srv/bench'],
        })
        break
    }
  }
  return [...kinds]
    .map(([kind, values]) => `${kind} = ${JSON.stringify(Object.fromEntries(values), undefined, 1)}\n`)
    .join('')
}
