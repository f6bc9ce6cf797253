/**
 * What is measured, and on which machine.
 */
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { demand, execute } from '../src/lab/execute.ts'
import type { Machine } from './results.ts'
import type { Tool } from './types.ts'

const root = new URL('..', import.meta.url).pathname

export function thisMachine(): Machine {
  const system = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux'
  return {
    processors: cpus().length,
    model: cpus()[0]?.model.trim() ?? 'unknown',
    memoryBytes: totalmem(),
    kernel: release().replace(/^(\d+\.\d+).*/, '$1'),
    system,
  }
}

/** The commit, with a `+` where the program or the benchmark differs from it. */
export async function thisCommit(): Promise<string> {
  const commit = (await demand(['git', '-C', root, 'rev-parse', '--short=10', 'HEAD'])).trim()
  const changed = await demand(['git', '-C', root, 'status', '--porcelain', '--', 'src', 'bench/tools', 'playbooks'])
  return changed === '' ? commit : `${commit}+`
}

/** Installs the Debian packages that tools need, one tool after the other: one that cannot be had does not stop the rest. */
export async function installTools(tools: readonly Tool[], say: (line: string) => void): Promise<void> {
  for (const { name, packages } of tools) {
    const missing: string[] = []
    for (const one of packages) if (!(await isInstalled(one))) missing.push(one)
    if (missing.length === 0) continue
    say(`installing ${missing.join(' ')} for ${name}`)
    const install = ['apt-get', 'install', '-q', '--yes', '--no-install-recommends', ...missing]
    const { status, stderr } = await execute(install, { environment: { DEBIAN_FRONTEND: 'noninteractive' } })
    if (status !== 0) say(`${name} cannot be installed: ${stderr.trim().split('\n').at(-1)}`)
  }
}

async function isInstalled(name: string): Promise<boolean> {
  const { stdout } = await execute(['dpkg-query', '--status', name])
  return stdout.includes('\nStatus: install ok installed\n')
}
