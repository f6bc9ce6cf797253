import { keeping } from '../core/keep-file.ts'
import type { RunRecord, StepRecord } from '../core/session.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'

/** How many runs a host remembers, the present one counted, and how much they may keep before it begins, in KiB. */
const RUNS = 50
const SIZE = 64 * 1024

/**
 * `owed_handlers`, for reads: the handlers that are owed, a line each, nothing where nothing is. `p_owe` and `p_settle`
 * write them to `$p_state/owed`. `p_note VERB TEXT` adds `VERB TIME TEXT` to the log of the run (`$p_run`), where it has
 * begun: what only the controller can tell.
 */
export const owing = sh`
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
p_write() {
  printf '%s\t%s\t%s\n' "$1" "$(date +%s)" "$2" >>"$p_run/log"
}
p_note() {
  if [ -d "$p_run" ]; then p_write "$@"; fi
}
`

/**
 * What a session learns when its run is about to change something for the first time: to write down in `$p_run` what it
 * does. `log` is read by engine/run-log.ts, `files` holds what was replaced (core/keep-file.ts). Fields of lines are
 * separated by tabs; TIME is in seconds since 1970.
 *
 * - `run TIME JSON SHELL` comes first: who, which playbook, and the shell that does it: its process and when that was started
 *   (proc_pid_stat(5)), by which is known whether it is at work.
 * - `begin TIME JSON` is an item, ahead of its first change; `kept` and `wrote` follow for the files that it replaces
 *   (`wrote PATH file SHA256`, `link TARGET`, `absent`, `directory`, `other`), then `changed` or `failed NUMBER EXIT`.
 * - `unfinished TIME JSON` is an item whose changes ran and did not come about; `end TIME HOW` is the end of the run.
 *
 * `$p_record` is the JSON of the step that comes next. Where it begins with `-`, the step cannot change anything: it is
 * written down only when it fails in a run that has begun.
 */
const journaling = sh`
p_begin_run() (
  umask 077
  mkdir -p "$p_state/runs" && cd "$p_state/runs" || exit
  set -- $(ls -1t)
  [ $# = 0 ] || du -sk -- "$@" | {
    p_runs=1 p_size=0
    while read -r p_kib p_old; do
      p_runs=$((p_runs + 1)) p_size=$((p_size + p_kib))
      if [ "$p_runs" -gt ${RUNS} ] || [ "$p_size" -gt ${SIZE} ]; then
        # What is being undone is named in the head of the run.
        case $p_head in *"$p_old"*) ;; *) rm -rf -- "./$p_old" ;; esac
      fi
    done
  }
  read -r p_stat <"/proc/$$/stat" && set -- $p_stat
  mkdir -- "$p_run" && p_write run "$p_head$_tab$$ \${22}" && sync -- "$p_state" . "$p_run" "$p_run/log"
)
p_begin_item() {
  case $p_recorded in
    '' | -*) return ;;
  esac
  if { [ -d "$p_run" ] || p_begin_run; } && p_write begin "$p_recorded"; then return; fi
  df -P "$p_state" >&2 2>/dev/null
  echo 'the journal of this run cannot be written, so nothing is changed' >&2
  return 1
}
p_end_item() {
  if [ -z "$p_recorded" ] || [ ! -d "$p_run" ]; then return; fi
  if [ -e "$p_run/touched" ]; then p_look; fi
  case $p_recorded in
    -*)
      if [ "$p_status" = 0 ]; then return; fi
      p_write begin "\${p_recorded#-}"
      ;;
  esac
  if [ "$p_status" = 0 ]; then echo changed; else printf 'failed\t%s\t%s\n' "$p_number" "$p_status"; fi >>"$p_run/log"
}
p_look() {
  while IFS= read -r p_line; do
    p_path=$(printf '%b.' "$p_line")
    p_path=\${p_path%.}
    if [ -L "$p_path" ]; then
      p_now=$(readlink -- "$p_path" && echo .)
      _escape "\${p_now%??}"
      p_now="link$_tab$_word"
    elif [ -f "$p_path" ]; then
      p_now=$(sha256sum <"$p_path")
      p_now="file$_tab\${p_now%% *}"
    elif [ -d "$p_path" ]; then
      p_now=directory
    elif [ -e "$p_path" ]; then
      p_now=other
    else
      p_now=absent
    fi
    printf 'wrote\t%s\t%s\n' "$p_line" "$p_now"
  done <"$p_run/touched" >>"$p_run/log"
  rm -f -- "$p_run/touched"
}
`

/** What a session is told ahead of the first step that has something to be written down. */
export function beginJournal({ who, playbook, mask }: RunRecord): Script {
  const head = JSON.stringify({ who, playbook: mask(playbook) })
  return joinScripts([sh`p_head=${head}`, keeping, journaling])
}

/** A record as `$p_record` takes it, without secrets: one line. */
export function recordLine({ idle, ...record }: StepRecord, { mask }: RunRecord): string {
  const masked = Object.entries(record).map(([key, value]) => {
    if (typeof value === 'string') return [key, mask(value)]
    return [key, Array.isArray(value) ? value.map(mask) : value]
  })
  return (idle ? '-' : '') + JSON.stringify(Object.fromEntries(masked))
}
