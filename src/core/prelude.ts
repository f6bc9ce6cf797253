import { joinScripts, sh } from './shell.ts'

/**
 * Shell functions that every session defines once, so that reads and changes stay short enough to review in a plan: the one
 * for reads with its first words, those for changes (`changing`) ahead of its first stream.
 * POSIX shell (dash, bash, busybox sh) with GNU or busybox coreutils. Arguments of functions never appear in ps.
 *
 * - `file_state PATH [hash]`: `absent`, `no directory`, or `KIND MODE OWNER GROUP SIZE` and on the lines below the link's target,
 *   or the content (`text`, up to 64 KiB unless `hash` is asked for) or its sha256 (`hash`).
 * - `place_file PATH KEY=VALUE…`: writes a temporary file beside PATH, sets `owner`, `group` and `mode` (kept from the old file
 *   where not given), runs `validate` (`%s` is the temporary file), keeps a `backup`, syncs and renames. Content is `text=` or `base64=`;
 *   without either the old content is kept. Where others may write in the directory, the file is made in one of our own below
 *   it: whoever could replace it by a link in the meantime would choose what root writes to, or gives away.
 *
 * - `remove_leftovers DIRECTORY` removes temporary files that runs of ours have left in it because they were killed. The lock of
 *   this user is held by the run that asks, so none of them is in use.
 * - `keep_file PATH [NEW]` comes before whatever replaces or removes a file, so that the run can be undone; NEW is the file that
 *   takes its place, where there is one. It keeps nothing until a run changes something (keep-file.ts).
 * - `remove_file PATH…` and `remove_directory PATH` keep and remove.
 */
export const reading = sh`
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
`

export const changing = sh`
keep_file() { :; }
remove_file() {
  for _gone do
    keep_file "$_gone" && rm -f -- "$_gone" || return
  done
}
remove_directory() {
  keep_file "$1" && rm -rf --one-file-system -- "$1"
}
remove_leftovers() {
  for _left in "$1"/.provision.????????; do
    if [ -L "$_left" ] || [ ! -e "$_left" ]; then continue; fi
    if [ ! -O "$_left" ]; then
      # It was given to its owner already, unless somebody else can write here.
      case $(stat -c %u:%A -- "$1") in "$(id -u):"?????-??-?) ;; *) continue ;; esac
    fi
    if [ ! -d "$_left" ]; then
      rm -f -- "$_left"
    else
      (
        # Not through a link that took its place.
        cd -P -- "$_left" && [ -O . ] || exit
        case $(pwd -P):$(stat -c %a .) in *"/\${_left##*/}:"*700) rm -rf -- ./new ./old ;; esac
      )
      rmdir -- "$_left" 2>/dev/null || :
    fi
  done
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
  _from=$PWD _me=$(id -u)
  # The working directory stays the same one, whatever becomes of its name.
  cd -P -- "\${_path%/*}/" || exit
  _target=./\${_path##*/} _temporary='' _box=''
  trap 'rm -f -- "$_temporary"; if [ -n "$_box" ]; then cd -P .. && rmdir -- "$_box"; fi' EXIT
  trap 'exit 143' TERM
  remove_leftovers .
  case $(stat -c %u:%A .) in
    "$_me:"?????-??-? | "$_me:"?????????[tT]) _temporary=$(umask 077 && mktemp ./.provision.XXXXXXXX) || exit ;;
    *)
      _box=$(umask 077 && mktemp -d ./.provision.XXXXXXXX) && cd -P -- "$_box" || exit
      case $(stat -c %u:%a .) in "$_me:700" | "$_me:2700") ;; *) exit 1 ;; esac
      _temporary=./new _target=.$_target
      ;;
  esac
  case $_content in
    keep) dd if="$_target" iflag=nofollow bs=64k status=none >"$_temporary" ;;
    text=*) printf %s "\${_content#text=}" >"$_temporary" ;;
    base64=*) printf %s "\${_content#base64=}" | base64 -d >"$_temporary" ;;
  esac || { df -P . >&2 && exit 1; }
  if [ -f "$_target" ] && [ ! -L "$_target" ]; then
    cp -P --attributes-only --preserve=all -- "$_target" "$_temporary" || exit
  else
    chmod "\${_mode:-0644}" "$_temporary" || exit
  fi
  if [ -n "$_owner$_group" ]; then chown "$_owner\${_group:+:$_group}" "$_temporary" || exit; fi
  if [ -n "$_mode" ]; then chmod "$_mode" "$_temporary" || exit; fi
  if [ -n "$_validate" ]; then
    case $_validate in
      *%s*) (_new=$PWD/\${_temporary#./} && cd -- "$_from" && eval "\${_validate%%%s*}\"\$_new\"\${_validate#*%s}") || exit ;;
      *) (_new=$PWD/\${_temporary#./} && cd -- "$_from" && eval "$_validate \"\$_new\"") || exit ;;
    esac
  fi
  if [ -n "$_backup" ] && [ -f "$_target" ]; then
    cp -pPT --remove-destination -- "$_target" "$_target.$(date -u +%Y%m%dT%H%M%SZ).bak" || exit
  fi
  keep_file "$_path" "$_temporary" && sync -- "$_temporary" || exit
  mv -fT -- "$_temporary" "$_target"
)
`

/** All of them. */
export const prelude = joinScripts([reading, changing])
