import { type Script, sh } from '../core/shell.ts'

/**
 * `p_lock OWNER ID RUNS` holds flock(1) on descriptor 9, which changes and reads do not inherit. The file tells whoever finds
 * it locked the ID, since when (seconds since 1970), whom the owner waits for itself, and the owner; it says nothing once
 * nobody holds it. `p_waits RUNS` brings it up to date: it overwrites, for a file that is truncated first is read empty by
 * whoever comes then. What a longer text leaves behind the fourth line means nothing.
 *
 * Every user has one file, wherever its session comes from: /run/user exists for those who log in, but not for those whom
 * sudo brings. Nobody else may open it: whoever opens a file can lock it.
 */
export function locking(mark: string): Script {
  return sh`
p_waits() {
  printf '%s\n' "$p_lock_id" "$p_lock_since" "$1" "$p_lock_owner" 1<>"$p_lock_file"
}
p_lock() {
  if [ "$p_uid" = 0 ]; then
    p_lock_file=/run/provision.lock
  else
    p_lock_file=$p_state/lock
    (umask 077 && mkdir -p "$p_state")
  fi
  if ! command -v flock >/dev/null; then
    p_out='flock is not installed (package util-linux)/2/${mark}'
  elif ! (umask 077 && : 9<>"$p_lock_file"); then
    p_out="$p_lock_file cannot be opened/2/${mark}"
  else
    exec 9<>"$p_lock_file"
    if flock -n 9; then
      p_lock_owner=$1 p_lock_id=$2 p_lock_since=$(date +%s)
      p_waits "$3"
      p_out=$p_uid/0/${mark}
    else
      exec 9>&-
      p_out="$p_uid
$(date +%s)
$(cat "$p_lock_file")/1/${mark}"
    fi
  fi
  p_tell lock
}
`
}
