import { hostname, userInfo } from 'node:os'
import { type Script, sh } from '../core/shell.ts'
import type { HostAddress } from '../core/task.ts'
import { pointInTime, roughly } from '../engine/ago.ts'
import { type Hold, holdIn, holdQuestion } from '../engine/hold.ts'
import type { Connect } from '../engine/sessions.ts'
import { spanSeconds } from '../input/duration.ts'
import { ExitCode } from './exit-code.ts'
import { type HostFlags, UsageError } from './options.ts'
import { onEachHost } from './ping.ts'
import { runOn } from './remote-lines.ts'

/** What `provision hold` is asked for. */
export interface HoldFlags extends HostFlags {
  readonly reason?: string
  readonly for?: string
  readonly list?: boolean
}

/** How long a host is held where nothing else is said: a hold that is forgotten ends by itself. */
const USUAL = '1d'

/** `provision hold PATTERN --reason TEXT`, and `provision hold --list [PATTERN]`. @throws {UsageError} */
export async function hold(pattern: string | undefined, flags: HoldFlags): Promise<number> {
  if (flags.list) return list(pattern, flags)
  if (pattern === undefined) {
    throw new UsageError(
      'which hosts are to be held?',
      'provision hold PATTERN --reason TEXT; or provision hold --list',
    )
  }
  const reason = (flags.reason ?? '').replaceAll(/\s+/g, ' ').trim()
  if (reason === '') throw new UsageError('why? Others will want to know', 'provision hold PATTERN --reason "new disk"')
  const span = flags.for ?? USUAL
  const seconds = spanSeconds(span)
  if (seconds === undefined) throw new UsageError(`--for ${span}: expected a span of time`, 'write such as 90m, 2h, 3d')
  const by = `${userInfo().username}@${hostname()}`
  let code: number = ExitCode.done
  const reached = await onEachHost(pattern, flags, async (host, connect) => {
    const held = await answerOf(host, holding(by, Math.round(seconds), reason), flags, connect)
    if (held && 'problem' in held) code = ExitCode.failed
    if (held && 'problem' in held) return `✖ ${host.name}  ${held.problem}`
    if (held?.by === by) return `✔ ${host.name}  held until ${pointInTime(held.until)}: ${held.reason}`
    code = ExitCode.failed
    const other = held ? `${describe(held)} already\n  provision release ${host.name}, then again` : 'not held'
    return `✖ ${host.name}  ${other}`
  })
  return code || reached
}

/** `provision release PATTERN` */
export async function release(pattern: string, flags: HostFlags): Promise<number> {
  let code: number = ExitCode.done
  const reached = await onEachHost(pattern, flags, async (host, connect) => {
    const held = await answerOf(host, releasing, flags, connect)
    if (held && 'problem' in held) {
      code = ExitCode.failed
      return `✖ ${host.name}  ${held.problem}`
    }
    return held ? `✔ ${host.name}  released; it was ${describe(held)}` : `· ${host.name}  was not held`
  })
  return code || reached
}

async function list(pattern: string | undefined, flags: HostFlags): Promise<number> {
  let code: number = ExitCode.done
  const reached = await onEachHost(pattern, flags, async (host, connect) => {
    const held = await answerOf(host, holdQuestion(false), flags, connect)
    if (held && 'problem' in held) code = ExitCode.failed
    if (!held) return `· ${host.name}  not held`
    return 'problem' in held ? `✖ ${host.name}  ${held.problem}` : `✖ ${host.name}  ${describe(held)}`
  })
  return code || reached
}

function describe({ by, since, until, reason, now }: Hold): string {
  return `held by ${by} since ${pointInTime(since)} (${roughly(now - since)} ago), until ${pointInTime(until)}: ${reason}`
}

/** What the host says of its hold after a script; holds are root's, whoever logs in. @throws {UnreachableError} */
async function answerOf(
  host: HostAddress,
  script: Script,
  flags: HostFlags,
  connect: Connect,
): Promise<Hold | { readonly problem: string } | undefined> {
  const said = { stdout: '', stderr: '' }
  const status = await runOn(host, script, { ...flags, become: true, becomeUser: 'root' }, connect, (stream, line) => {
    said[stream] += `${line}\n`
  })
  if (status !== 0) return { problem: `exit ${status}: ${said.stderr.trim()}` }
  return holdIn({ status, text: said.stdout, stderr: said.stderr })?.hold
}

/** Holds the host, unless somebody else does; prints the time and the hold that there is then. */
function holding(by: string, seconds: number, reason: string): Script {
  return sh`umask 077
mkdir -p "$p_state" && exec 8<"$p_state" && flock 8 || exit
now=$(date +%s) file=$p_state/hold
echo "$now"
if [ ! -e "$file" ] || [ "$(sed -n 1p "$file")" = ${by} ] || [ "$(sed -n 3p "$file")" -le "$now" ]; then
  printf '%s\n' ${by} "$now" "$((now + ${seconds}))" ${reason} >"$file.new" && sync "$file.new" && mv "$file.new" "$file" || exit
fi
cat "$file"`
}

const releasing = sh`date +%s
[ -e "$p_state/hold" ] || exit 0
exec 8<"$p_state" && flock 8 && cat "$p_state/hold" && rm "$p_state/hold" && { rmdir "$p_state" 2>/dev/null || :; }`
