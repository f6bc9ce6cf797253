import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prelude } from '../../src/core/prelude.ts'
import type { Script } from '../../src/core/shell.ts'

/** Shells that hosts have as `sh`. */
const SHELLS: readonly (readonly [string, ...string[]])[] = [
  ['dash', '-n'],
  ['bash', '--posix', '-n'],
  ['busybox', 'sh', '-n'],
]

/** What the installed shells say about the scripts' syntax; nothing when all accept them all. */
export function syntaxErrors(scripts: readonly Script[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'provision-syntax-'))
  try {
    scripts.forEach((script, index) => {
      writeFileSync(join(folder, String(index)), `${script.reveal()}\n`)
    })
    return installed.flatMap((words) => {
      // One process from here for all files: starting hundreds takes longer than reading them.
      const loop = 'for file in *; do said=$("$@" "$file" 2>&1) || echo "$file $said"; done'
      const { stdout } = spawnSync('sh', ['-c', loop, 'sh', ...words], { cwd: folder, encoding: 'utf8' })
      return stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => `${words[0]}: ${line}\n${scripts[Number.parseInt(line, 10)]}`)
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
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
