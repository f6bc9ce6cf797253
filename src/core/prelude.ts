import { sh } from './shell.ts'

/**
 * Shell functions that every session defines once, so that reads and changes stay short enough to review in a plan.
 * POSIX shell (dash, bash, busybox sh) with GNU or busybox coreutils. Arguments of functions never appear in ps.
 *
 * - `file_state PATH [hash]`: `absent`, `no directory`, or `KIND MODE OWNER GROUP SIZE` and on the lines below the link's target,
 *   or the content (`text`, up to 64 KiB unless `hash` is asked for) or its sha256 (`hash`).
 * - `place_file PATH KEY=VALUE…`: writes a temporary file beside PATH, sets `owner`, `group` and `mode` (kept from the old file
 *   where not given), runs `validate` (`%s` is the temporary file), keeps a `backup`, syncs and renames. Content is `text=` or `base64=`;
 *   without either the old content is kept.
 */
export const prelude = sh`
file_state() {
  if [ -L "$1" ]; then
    stat -c 'link %a %U %G %s' -- "$1" && readlink -- "$1"
  elif [ -f "$1" ]; then
    _s=$(stat -c '%a %U %G %s' -- "$1") || return
    if [ "$2" = hash ] || [ "\${_s##* }" -gt 65536 ]; then
      printf 'hash %s\n' "$_s"
      sha256sum <"$1"
    else
      printf 'text %s\n' "$_s"
      cat -- "$1"
    fi
  elif [ -d "$1" ]; then
    stat -c 'directory %a %U %G %s' -- "$1"
  elif [ -e "$1" ]; then
    stat -c 'other %a %U %G %s' -- "$1"
  elif [ -d "\${1%/*}/" ]; then
    echo absent
  else
    echo no directory
  fi
}
place_file() (
  _path=$1 _owner='' _group='' _mode='' _validate='' _backup='' _content=keep
  shift
  for _word do
    _value=\${_word#*=}
    case $_word in
      owner=*) _owner=$_value ;;
      group=*) _group=$_value ;;
      mode=*) _mode=$_value ;;
      validate=*) _validate=$_value ;;
      backup=*) _backup=$_value ;;
      text=* | base64=*) _content=$_word ;;
    esac
  done
  _temporary=$(umask 077 && mktemp "\${_path%/*}/.provision.XXXXXXXX") || exit
  trap 'rm -f -- "$_temporary"' EXIT
  trap 'exit 143' TERM
  case $_content in
    keep) cat -- "$_path" >"$_temporary" ;;
    text=*) printf %s "\${_content#text=}" >"$_temporary" ;;
    base64=*) printf %s "\${_content#base64=}" | base64 -d >"$_temporary" ;;
  esac || exit
  if [ -f "$_path" ] && [ ! -L "$_path" ]; then
    cp --attributes-only --preserve=all -- "$_path" "$_temporary" || exit
  else
    chmod "\${_mode:-0644}" "$_temporary" || exit
  fi
  if [ -n "$_owner$_group" ]; then chown "$_owner\${_group:+:$_group}" "$_temporary" || exit; fi
  if [ -n "$_mode" ]; then chmod "$_mode" "$_temporary" || exit; fi
  if [ -n "$_validate" ]; then
    case $_validate in
      *%s*) (eval "\${_validate%%%s*}\"\$_temporary\"\${_validate#*%s}") || exit ;;
      *) (eval "$_validate \"\$_temporary\"") || exit ;;
    esac
  fi
  if [ -n "$_backup" ] && [ -f "$_path" ]; then cp -p -- "$_path" "$_path.$(date -u +%Y%m%dT%H%M%SZ).bak" || exit; fi
  sync -- "$_temporary" || exit
  mv -fT -- "$_temporary" "$_path"
)
`
