import * as z from 'zod'
import { builtin } from '../core/batch.ts'
import { notReady, type Plan } from '../core/resource.ts'
import { Secret } from '../core/secret.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'
import { duration, oneOrMore, path, shell, text } from './params.ts'

/** What `command` and `script` have in common: when they run, and how. */
export const running = {
  creates: path().describe('Run only while this file does not exist; it must exist afterwards.').optional(),
  removes: path().describe('Run only while this file exists; it must be gone afterwards.').optional(),
  unless: shell().describe('Shell text: run only while it fails; it must succeed afterwards.').optional(),
  only_if: shell().describe('Shell text: run only while it succeeds; it must fail afterwards.').optional(),
  chdir: path().describe('Directory to run in; `unless` and `only_if` are asked there, too.').optional(),
  stdin: text()
    .transform((value) => new Secret(value))
    .describe(
      'Text for its standard input. It is never shown: the place for passwords, as arguments are public in `ps`.',
    )
    .optional(),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), text())
    .describe('Environment variables. Not for passwords.')
    .default({}),
  timeout: duration()
    .describe('End it, and every process that it started, after so long: seconds, or such as `5m`.')
    .optional(),
  success_codes: oneOrMore(z.number().int().min(0).max(255)).describe('Exit codes that mean success.').default([0]),
}

type Running = { readonly [K in keyof typeof running]?: z.output<(typeof running)[K]> | undefined }
type Guard = 'creates' | 'removes' | 'unless' | 'only_if'

/** The reads that tell whether it has to run: `exists` or `absent`, and the exit codes of the shell texts. */
export function guardReads({ creates, removes, unless, only_if, chdir }: Running): Record<Guard, Script> {
  return {
    creates: exists(creates),
    removes: exists(removes),
    unless: exitCode(unless, chdir),
    only_if: exitCode(only_if, chdir),
  }
}

/**
 * The plan of something that only acts: one change while its guards ask for it, none afterwards;
 * without guards a change that runs every time.
 */
export function planRun(what: string, wanted: Running, now: Readonly<Record<Guard, string>>, apply: Script): Plan {
  const { creates, removes, unless, only_if, chdir } = wanted
  const guards: { due: boolean; from: string; to: string }[] = []
  for (const name of ['unless', 'only_if'] as const) {
    const code = now[name].trim()
    if (code === 'no directory') return notReady(`the directory ${chdir} does not exist`)
    if (code === '127') return notReady(`${name} uses a command that does not exist: ${wanted[name]}`)
  }
  if (creates) guards.push({ due: now.creates.trim() === 'absent', from: `no ${creates}`, to: creates })
  if (removes) guards.push({ due: now.removes.trim() === 'exists', from: removes, to: `no ${removes}` })
  if (unless)
    guards.push({ due: now.unless.trim() !== '0', from: `unless fails (${now.unless.trim()})`, to: 'unless succeeds' })
  if (only_if) guards.push({ due: now.only_if.trim() === '0', from: 'only_if succeeds', to: 'only_if fails' })
  if (guards.length === 0) return [{ what, from: '', to: 'run', apply, always: true }]
  if (!guards.every(({ due }) => due)) return []
  return [{ what, from: join(guards.map(({ from }) => from)), to: join(guards.map(({ to }) => to)), apply }]
}

/** What `register` keeps where the guards had nothing to run: tasks that use it work in a second run as in the first. */
export const notRun = { rc: 0, stdout: '', stderr: '' } as const

/** Shell text to run as `wanted` says, in the session's own shell unless there is a time limit. Its exit code is 0 on success. */
export function runText(run: string, wanted: Running): Script {
  const { timeout } = wanted
  if (timeout === undefined) return around(wanted, sh`eval ${run}`)
  // By a descriptor, because arguments are public. The limit's process group is its own: a session that ends passes TERM on.
  return around(wanted, sh`{ printf %s ${run} | { ${limited(timeout, sh`sh /dev/fd/3`)} } 3<&0; } 4<&0`)
}

/** A program and its arguments, to run as `wanted` says. */
export function runWords(words: Script, wanted: Running): Script {
  return around(wanted, wanted.timeout === undefined ? words : sh`{ ${limited(wanted.timeout, words)} } 4<&0`)
}

/** One line that names what is run. */
export function label(run: string): string {
  const [first = '', ...more] = run.trim().split('\n')
  return first.length > 60 || more.length > 0 ? `${first.slice(0, 60).trimEnd()} …` : first
}

function around({ chdir, stdin, env = {}, success_codes = [0] }: Running, run: Script): Script {
  const inside = joinScripts(
    [
      ...(chdir ? [sh`cd -- ${chdir}`] : []),
      ...Object.entries(env).map(([name, value]) => sh`export ${`${name}=${value}`}`),
      run,
    ],
    ' && ',
  )
  const fed = stdin ? sh`printf %s ${stdin} | (${inside})` : inside
  if (success_codes.length === 1 && success_codes[0] === 0) return fed
  const codes = joinScripts(
    success_codes.map((code) => sh`${code}`),
    ' | ',
  )
  const zero = success_codes.includes(0) ? sh`` : sh`0) echo 'exit 0 is no success here' >&2; exit 1 ;; `
  // Not `(…) || …`: there the shell would ignore a `set -e` of the user's text (POSIX XCU set, -e).
  return sh`(${fed})
case $? in ${codes}) ;; ${zero}*) exit "$?" ;; esac`
}

function limited(seconds: number, words: Script): Script {
  // The trap stands first: TERM to the session's process group does not reach the group that timeout(1) makes of its own.
  return sh`trap 'kill "$!"; exit 143' TERM
timeout -k 5 ${seconds} ${words} <&4 &
wait "$!"; s=$?
case $s in 124 | 137) echo ${`ended at the time limit of ${seconds} s`} >&2 ;; esac
exit "$s"
`
}

function exists(file: string | undefined): Script {
  if (file === undefined) return sh``
  return builtin(sh`if [ -e ${file} ] || [ -L ${file} ]; then echo exists; else echo absent; fi`)
}

function exitCode(condition: string | undefined, chdir: string | undefined): Script {
  if (condition === undefined) return sh``
  const ask = sh`(eval ${condition}) >/dev/null 2>&1; echo "$?"`
  return chdir === undefined ? ask : sh`if cd -- ${chdir} 2>/dev/null; then ${ask}; else echo 'no directory'; fi`
}

function join(texts: readonly string[]): string {
  return texts.join(', ')
}
