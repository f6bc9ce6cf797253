import { type Script, sh } from '../core/shell.ts'

/** `p_lock OWNER` holds flock(1) on descriptor 9, which changes and reads do not inherit. */
export function locking(mark: string): Script {
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
