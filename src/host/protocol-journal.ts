import { sh } from '../core/shell.ts'

/** `owed_handlers`, for reads: the lines of the journal, nothing where nothing is owed. `p_owe` and `p_settle` write it. */
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
`
