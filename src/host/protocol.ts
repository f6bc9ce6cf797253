import { changing, reading } from '../core/prelude.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'
import { owing } from './protocol-journal.ts'
import { locking } from './protocol-lock.ts'
import { streaming } from './protocol-stream.ts'

/** The two random words of a session. */
export interface Words {
  /** Begins every line of the protocol. Reads and changes never see it. */
  readonly nonce: string
  /** Ends every answer, behind its exit status: an answer without it was cut or mixed with something else. */
  readonly mark: string
}

/**
 * What a session says first to a shell that reads its standard input (dash, bash, busybox sh).
 *
 * The main shell runs surveys itself, so that the answers stay in its variables. A stream runs in the background: meanwhile
 * the main shell waits for its next line, so it sees the end of its input (connection lost, controller killed) at once, and
 * its EXIT trap ends the whole process group. `set -e` in a change would be void inside `||` or `if` (POSIX 2.8.1 of `set`),
 * therefore changes run as plain commands. A line is one write of its own: what a stray process prints on the same output
 * can then fall between lines or into an answer, where its mark gives it away, but never into a line.
 *
 * - `p_batch NUMBER TEXT` asks for many questions at once, and remembers nothing: a stream brings what it compares with.
 * - `p_survey NUMBER TEXT` asks and remembers. One fork; a second try is made only where the read replaced the shell
 *   (`exec`), its EXIT trap or its output, or was killed: then the exit status was lost with it.
 *
 * Locks are in protocol-lock.ts, what a host remembers in protocol-journal.ts, streams in protocol-stream.ts.
 */
export function opening({ nonce, mark }: Words): Script {
  return joinScripts([environment, reading, asking(mark), locking(mark), owing, greeting(nonce)])
}

/** What it is told ahead of its first stream: a check, and a run that finds nothing to do, need none of it. */
export const working = joinScripts([changing, streaming])

const environment = sh`
unset GREP_OPTIONS TAR_OPTIONS APT_CONFIG GIT_DIR GIT_WORK_TREE PERL5OPT PERL5LIB LD_PRELOAD LD_LIBRARY_PATH
unset IFS ENV BASH_ENV CDPATH LANGUAGE p_nonce p_moved p_stop p_streamer p_limit p_record p_run p_guard p_guard_text p_head p_late p_out
export LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a NEEDRESTART_SUSPEND=1
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
cd 2>/dev/null || cd /
p_uid=$(id -u)
p_state=$HOME/.local/state/provision
[ "$p_uid" != 0 ] || p_state=/var/lib/provision
`

function asking(mark: string): Script {
  return sh`
p_ask() {
  p_out=$(exec </dev/null 9>&-; unset p_nonce; trap 'echo "/$?/${mark}"' EXIT; set --; eval " $p_text")
  case $p_out in
    *"/${mark}") ;;
    *) p_out=$( (exec </dev/null 9>&-; unset p_nonce; set --; eval " $p_text"); echo "/$?/${mark}") ;;
  esac
  if [ "\${#p_out}" -gt 4194304 ]; then
    echo 'the answer is longer than 4 MiB' >&2
    p_out=/1/${mark}
  fi
}
p_mark() {
  printf '%s %s\n' "$p_nonce" "$*"
  printf '%s %s\n' "$p_nonce" "$*" >&2
}
p_tell() {
  p_mark answer "$1" "\${#p_out}"
  printf %s "$p_out"
}
p_batch() {
  p_text=$2
  p_ask
  p_tell "$1"
}
p_survey() {
  p_text=$2
  p_ask
  eval "p_text_$1=\$p_text p_answer_$1=\$p_out"
  p_tell "$1"
}
`
}

function greeting(nonce: string): Script {
  return sh`
trap 'trap "" TERM; kill -TERM 0' EXIT
p_nonce=${nonce}
p_out=é
p_mark hello "\${#p_out}"
`
}
