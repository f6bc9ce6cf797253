import { prelude } from '../core/prelude.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'

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
 * - `p_survey NUMBER TEXT` asks and remembers. One fork; a second try is made only where the read replaced the shell
 *   (`exec`), its EXIT trap or its output, or was killed: then the exit status was lost with it.
 * - `p_lock OWNER` holds flock(1) on descriptor 9, which changes and reads do not inherit.
 * - `p_stream` runs the function `p_steps`. Its inner shell does the work; the outer one always says `over`, so that a
 *   shell that was killed cannot leave the controller waiting.
 * - `p_step ITEM IGNORE READS OWES SETTLES CHANGE…` is one item's turn.
 * - `owed_handlers`, for reads: the lines of the journal, nothing where nothing is owed.
 */
export function opening({ nonce, mark }: Words): Script {
  return joinScripts([environment, prelude, asking(mark), locking(mark), journal, streaming, greeting(nonce)])
}

const environment = sh`
unset IFS ENV BASH_ENV CDPATH LANGUAGE p_nonce p_moved p_stop p_streamer
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
p_survey() {
  p_text=$2
  p_ask
  eval "p_text_$1=\$p_text p_answer_$1=\$p_out"
  p_tell "$1"
}
`
}

function locking(mark: string): Script {
  return sh`
p_lock() {
  if [ "$p_uid" = 0 ]; then
    p_file=/run/provision.lock
  elif [ -d "$XDG_RUNTIME_DIR" ]; then
    p_file=$XDG_RUNTIME_DIR/provision.lock
  else
    p_file=$p_state/lock
    (umask 077 && mkdir -p "$p_state")
  fi
  if ! command -v flock >/dev/null; then
    p_out='flock is not installed (package util-linux)/2/${mark}'
  elif ! (: 9<>"$p_file"); then
    p_out="$p_file cannot be opened/2/${mark}"
  else
    exec 9<>"$p_file"
    if flock -n 9; then
      printf '%s since %s\n' "$1" "$(date -u '+%Y-%m-%d %H:%M:%S UTC')" >"$p_file"
      p_out=/0/${mark}
    else
      exec 9>&-
      p_out="$(cat "$p_file")/1/${mark}"
    fi
  fi
  p_tell lock
}
`
}

const journal = sh`
owed_handlers() {
  if [ -e "$p_state/owed" ]; then cat "$p_state/owed"; fi
}
p_owe() (
  umask 077
  mkdir -p "$p_state" || exit
  printf '%s\n' "$p_owes" | while IFS= read -r p_line; do
    grep -qxF -e "$p_line" "$p_state/owed" 2>/dev/null || printf '%s\n' "$p_line" >>"$p_state/owed" || exit
  done
)
p_settle() (
  umask 077
  [ -e "$p_state/owed" ] || exit 0
  printf '%s\n' "$p_settles" | grep -vxF -f - "$p_state/owed" >"$p_state/owed.new"
  case $? in
    0) mv -f "$p_state/owed.new" "$p_state/owed" ;;
    1) rm -f "$p_state/owed" "$p_state/owed.new" && { rmdir "$p_state" 2>/dev/null || :; } ;;
    *) exit 1 ;;
  esac
)
`

const streaming = sh`
p_answers() {
  for p_read in $p_reads; do
    eval "p_text=\$p_text_$p_read"
    p_ask
    p_tell "$p_read"
  done
}
p_change() {
  if [ "$p_number" = 0 ] && [ -n "$p_owes" ]; then
    p_owe || return
  fi
  (exec 9>&-; unset p_nonce; set --; eval " $p_text")
  p_status=$?
  if [ "$p_status" != 0 ]; then return "$p_status"; fi
  if [ "$1" = last ] && [ -n "$p_settles" ]; then p_settle; fi
}
p_step() {
  p_item=$1 p_ignore=$2 p_reads=$3 p_owes=$4 p_settles=$5
  shift 5
  if [ -z "$p_moved" ]; then
    if [ -n "$p_stop" ]; then
      p_mark end stopped "$p_item"
      exit
    fi
    p_mark turn "$p_item"
    for p_read in $p_reads; do
      eval "p_text=\$p_text_$p_read p_before=\$p_answer_$p_read"
      p_ask
      if [ "$p_out" != "$p_before" ]; then
        p_moved=$p_item
        p_mark moved "$p_item"
        break
      fi
    done
  fi
  if [ -n "$p_moved" ]; then
    p_answers
    return
  fi
  if [ $# = 0 ]; then
    if [ -n "$p_settles" ]; then p_settle; fi
    return
  fi
  p_number=0
  for p_text do
    p_mark change "$p_item" "$p_number"
    if [ $((p_number + 1)) = $# ]; then p_change last; else p_change; fi
    p_status=$?
    p_mark done "$p_item" "$p_number" "$p_status"
    if [ "$p_status" != 0 ]; then break; fi
    p_number=$((p_number + 1))
  done
  if [ "$p_status" != 0 ] && [ "$p_ignore" = 0 ]; then
    p_mark end failed "$p_item"
    exit
  fi
  p_answers
  p_mark answered "$p_item"
}
p_stream() {
  if [ -n "$p_streamer" ]; then wait "$p_streamer"; fi
  (
    (
      trap 'p_stop=1' USR1
      p_steps
      if [ -n "$p_moved" ]; then p_mark end moved "$p_moved"; else p_mark end finished; fi
    ) &
    p_body=$!
    trap 'kill -USR1 "$p_body"' USR1
    while :; do
      wait "$p_body"
      p_status=$?
      kill -0 "$p_body" 2>/dev/null || break
    done
    p_mark over "$p_status"
  ) </dev/null &
  p_streamer=$!
}
`

function greeting(nonce: string): Script {
  return sh`
trap 'trap "" TERM; kill -TERM 0' EXIT
p_nonce=${nonce}
p_out=é
p_mark hello "\${#p_out}"
`
}
