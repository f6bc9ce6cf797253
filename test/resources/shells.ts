import { spawnSync } from 'node:child_process'
import { prelude } from '../../src/core/prelude.ts'
import type { Script } from '../../src/core/shell.ts'

/** Shells that hosts have as `sh`. */
const SHELLS: readonly (readonly [string, ...string[]])[] = [
  ['dash', '-n'],
  ['bash', '--posix', '-n'],
  ['busybox', 'sh', '-n'],
]

/** What each installed shell says about the script's syntax; nothing when all accept it. */
export function syntaxErrors(script: Script): string[] {
  return installed.flatMap(([shell, ...args]) => {
    const { status, stderr } = spawnSync(shell, args, { input: `${script.reveal()}\n`, encoding: 'utf8' })
    return status === 0 && stderr === '' ? [] : [`${shell}: ${stderr.trim()}\n${script}`]
  })
}

/** What shellcheck warns about, when it is installed. The functions of the prelude are known to it. */
export function shellcheckWarnings(scripts: readonly Script[]): string[] {
  if (!isInstalled('shellcheck')) return []
  // Each script is a function of its own, so that one run of shellcheck sees them all.
  const bodies = scripts.map((script, index) => `script_${index}() {\n${script.reveal()}\n}\nscript_${index}`)
  const input = [prelude.reveal(), ...bodies, ''].join('\n')
  // SC2317: what follows an `exit` is not reached. SC2174: only the last directory gets the mode, which is what is wanted.
  const { stdout } = spawnSync('shellcheck', ['-s', 'sh', '-S', 'warning', '-e', 'SC2317,SC2174', '-f', 'gcc', '-'], {
    input,
    encoding: 'utf8',
  })
  return stdout.split('\n').filter(Boolean)
}

function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$0" >/dev/null', program]).status === 0
}

const installed = SHELLS.filter(([shell]) => isInstalled(shell))
