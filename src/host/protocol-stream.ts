import { sh } from '../core/shell.ts'

/**
 * - `p_stream` runs the function `p_steps`. Its inner shell does the work; the outer one always says `over`, so that a
 *   shell that was killed cannot leave the controller waiting.
 * - `p_guard_text`, set ahead of a step, arms the dead-man switch (protocol-guard.ts) with its first change; `p_prove ITEM`
 *   ends the stream behind it, where it is armed. A guarded change that fails is put back at once.
 * - `p_limit`, set ahead of a step, is the time limit of its changes in seconds (protocol-limit.ts).
 * - `p_record`, set ahead of a step, is what the journal of the run says about it (protocol-journal.ts).
 * - `p_step ITEM IGNORE READS OWES SETTLES CHANGE…` is one item's turn.
 */
export const streaming = sh`
p_answers() {
  for p_read in $p_reads; do
    eval "p_text=\$p_text_$p_read"
    p_ask
    p_tell "$p_read"
  done
}
p_change() {
  if [ "$p_number" = 0 ] && [ -n "$p_recorded" ]; then
    p_begin_item || return
  fi
  if [ "$p_number" = 0 ] && [ -n "$p_owes" ]; then
    p_owe || return
  fi
  if [ "$p_number" = 0 ] && [ -n "$p_guard_text" ]; then
    (exec 9>&-; unset p_nonce; set --; eval "$p_guard_text") || return
  fi
  if [ -n "$p_limit" ]; then p_limited; else (exec 9>&-; unset p_nonce; set --; eval " $p_text"); fi
  p_status=$?
  if [ "$p_status" != 0 ]; then
    if [ -n "$p_guard_text" ]; then guard_undo >&2; fi
    return "$p_status"
  fi
  if [ "$1" = last ] && [ -n "$p_settles" ]; then p_settle; fi
}
p_step() {
  p_item=$1 p_ignore=$2 p_reads=$3 p_owes=$4 p_settles=$5
  p_recorded=$p_record p_record=
  shift 5
  if [ -z "$p_moved" ]; then
    if [ -n "$p_stop" ]; then
      if [ -n "$p_guard" ] && [ -e "$p_guard/armed" ]; then guard_undo >&2; fi
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
        if [ -n "$p_guard" ] && [ -e "$p_guard/armed" ]; then : >"$p_guard/applied"; fi
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
    p_late=
    if [ $((p_number + 1)) = $# ]; then p_change last; else p_change; fi
    p_status=$?
    p_mark done "$p_item" "$p_number" "$p_status" $p_late
    if [ "$p_status" != 0 ]; then break; fi
    p_number=$((p_number + 1))
  done
  if [ -n "$p_recorded" ]; then p_end_item; fi
  if [ "$p_status" != 0 ] && [ "$p_ignore" = 0 ]; then
    p_mark end failed "$p_item"
    exit
  fi
  p_answers
  p_mark answered "$p_item"
}
p_prove() {
  p_guard_text=
  if [ -z "$p_moved" ] && [ -e "$p_guard/armed" ]; then
    : >"$p_guard/applied"
    p_mark end guarded "$1"
    exit
  fi
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
