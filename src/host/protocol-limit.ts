import { keeping } from '../core/keep-file.ts'
import { prelude } from '../core/prelude.ts'
import { sh } from '../core/shell.ts'

/** What processes may take to end when asked to, in seconds; afterwards they are killed. */
const GRACE_SECONDS = 5

/**
 * Time limits, sent to a session when a stream has some. `p_limit`, set ahead of a step, is what its changes may take
 * together, in seconds.
 *
 * A shell without a terminal cannot give a command a process group of its own (dash has no `set -m` there), so a limited
 * change runs in a new `sh` below timeout(1), which leads one. It is told what a change may use: `p_uid`, `p_state` and the
 * functions of the prelude, where the run is journalled (`$p_head` is set) with the `keep_file` that keeps something. Its text
 * comes by a descriptor, for arguments are public. timeout(1) goes with the shell that it started; whoever ignores TERM is
 * still there then, and is killed after a grace. The clock is that of /proc/uptime: a change may set the other one.
 */
export const limiting = sh`
p_prelude=${prelude.reveal()}
p_keeping=${keeping.reveal()}
p_is_late() {
  read -r p_now p_rest </proc/uptime
  p_now=\${p_now%.*}
  [ "$p_now" -ge "$p_deadline" ]
}
p_sweep() {
  p_tries=0
  while kill -s 0 -- "-$1" 2>/dev/null && [ "$p_tries" -lt ${GRACE_SECONDS * 10} ]; do
    sleep 0.1
    p_tries=$((p_tries + 1))
  done
  kill -s KILL -- "-$1" 2>/dev/null
}
p_limited() {
  if [ "$p_number" = 0 ]; then
    p_deadline=0
    p_is_late
    p_deadline=$((p_now + p_limit))
  fi
  # 0 would mean no limit.
  if p_is_late; then p_left=1; else p_left=$((p_deadline - p_now)); fi
  printf '%s\n' "$p_prelude" "\${p_head:+$p_keeping}" "$p_text" | (
    exec 3<&0 </dev/null 9>&-
    unset p_nonce
    trap 'kill "$!"; p_sweep "$!"; exit 143' TERM
    p_uid=$p_uid p_state=$p_state p_run=$p_run timeout -k ${GRACE_SECONDS} "$p_left" sh /dev/fd/3 &
    wait "$!"
    p_status=$?
    case $p_status in 124 | 137) if p_is_late; then p_sweep "$!"; fi ;; esac
    exit "$p_status"
  )
  p_status=$?
  case $p_status in 124 | 137) if p_is_late; then p_late=late; fi ;; esac
  return "$p_status"
}
`
