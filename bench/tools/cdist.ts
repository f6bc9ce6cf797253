import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tool, Wanted } from '../types.ts'
import { sshConfig, word } from './ssh.ts'

/** Needs nothing but a POSIX shell on the host, too. */
export const cdist: Tool = {
  name: 'cdist',
  title: 'cdist',
  packages: ['cdist'],
  version: async () => {
    const { status, stdout } = spawnSync('cdist', ['--version'], { encoding: 'utf8' })
    return status === 0 ? stdout.trim().replace('cdist ', '') : undefined
  },
  async prepare(wanted, place) {
    const { folder, targets } = place
    const config = await sshConfig(place)
    for (const part of ['manifest', ...['explorer', 'parameter'].map((each) => `type/__once/${each}`)]) {
      await mkdir(join(folder, 'conf', part), { recursive: true })
    }
    for (const [path, text] of Object.entries(once)) {
      await writeFile(join(folder, 'conf/type/__once', path), text, { mode: 0o755 })
    }
    const manifest = `#!/bin/sh -e\nexport CDIST_ORDER_DEPENDENCY=1\n${wanted.map((thing, index) => edited(wanted, index) + object(thing, index)).join('')}`
    await writeFile(join(folder, 'conf/manifest/init'), manifest, { mode: 0o755 })
    const sharing = `-F ${config} -o ControlMaster=auto -o ControlPersist=60s -o ControlPath=${folder}/cm-%C`
    const remote = [
      ['--remote-exec', `ssh ${sharing}`],
      ['--remote-copy', `scp -q ${sharing}`],
    ].flat()
    const parallel = targets.length > 1 ? ['-p', String(Math.min(50, targets.length))] : []
    return {
      argv: ['cdist', 'config', '-v', '-c', 'conf', ...parallel, ...remote, ...targets.map(({ name }) => name)],
      cwd: folder,
      env: { HOME: folder },
      // It says so of each object for which it made commands; with -v that is told.
      unchanged: /^(?![\s\S]*Processing __)[\s\S]*Finished successful run/,
    }
  },
}

/** A type of our own, by the file in it. */
const once = {
  'parameter/required': 'creates\nrun\n',
  'explorer/state': 'test -e "$(cat "$__object/parameter/creates")" && echo present || echo absent\n',
  'gencode-remote': `#!/bin/sh -e
if [ "$(cat "$__object/explorer/state")" = absent ]; then cat "$__object/parameter/run"; fi
`,
}

/** A line needs a file that is there: declared ahead of its first line. */
function edited(wanted: readonly Wanted[], index: number): string {
  const thing = wanted[index]
  if (thing?.kind !== 'line') return ''
  const first = wanted.findIndex((one) => one.kind === 'line' && one.path === thing.path)
  return first === index ? `__file ${thing.path} --state exists --mode 0644\n` : ''
}

function object(thing: Wanted, index: number): string {
  switch (thing.kind) {
    case 'directory':
      return `__directory ${thing.path} --mode ${thing.mode}\n`
    case 'file':
      return `printf %s ${word(thing.content)} | __file ${thing.path} --mode ${thing.mode} --source -\n`
    case 'line':
      // A name for the object: it may have no spaces.
      return `__line line-${index} --file ${thing.path} --line ${word(thing.line)}\n`
    case 'user':
      return `__user ${thing.name} --shell ${thing.shell} --comment ${word(thing.comment)} --create-home\n`
    case 'package':
      return `__package_apt ${thing.name}\n`
    case 'service':
      return `__systemd_service ${thing.name} --state running\n__start_on_boot ${thing.name}\n`
    case 'sysctl':
      return `__sysctl ${thing.key} --value ${thing.value}\n`
    // It has no commands with a proof: a type for that is its way.
    case 'command':
      return `__once ${word(thing.creates.replace(/^\//, ''))} --creates ${thing.creates} --run ${word(thing.run)}\n`
  }
}
