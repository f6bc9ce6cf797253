import { spawnSync } from 'node:child_process'
import { accessSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Programs that tests run, with the Debian package that brings each. */
const programs = {
  bash: 'bash',
  busybox: 'busybox',
  dash: 'dash',
  git: 'git',
  pgrep: 'procps',
  ps: 'procps',
  script: 'bsdutils',
  shellcheck: 'shellcheck',
  'ssh-keygen': 'openssh-client',
  sshd: 'openssh-server',
  sudo: 'sudo',
}

/** Installs what is missing, where root and apt-get allow it; elsewhere tests use the shells that are there. */
export function installTestPrograms(): void {
  const missing = [...new Set(Object.entries(programs).flatMap(([program, name]) => (isThere(program) ? [] : [name])))]
  if (missing.length === 0 || process.getuid?.() !== 0 || !isThere('apt-get')) return
  console.error(`Installing ${missing.join(' ')} for the tests …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = ['install', '-qq', '--yes', '--no-install-recommends', ...missing]
  for (const args of [['update', '-qq'], install]) spawnSync('apt-get', args, { env, stdio: ['ignore', 2, 2] })
}

function isThere(program: string): boolean {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, program))
      return true
    } catch {
      return false
    }
  })
}
