import { sh } from './shell.ts'

/** What is larger, in bytes, is not kept. */
const LARGEST = 10 * 1024 * 1024
/** What one run keeps, in bytes. */
const MOST = 64 * 1024 * 1024

/**
 * `keep_file` of a run that changes something (`$p_run` is its directory); the prelude has one that keeps nothing.
 *
 * The old version goes to `$p_run/files` with owner and mode, or is noted as absent; the first old version of a run
 * counts. It is on disk when the function returns, and if that cannot be, the function fails and the path must stay as it
 * is. What is there afterwards is noted, too: at once where NEW is given, else when the item is done (`touched`).
 *
 * Lines in `$p_run/log`, fields separated by tabs, in paths `\\`, `\t` and `\n` escaped for `printf %b`:
 * `kept PATH COPY SIZE KIND DIRECTORY` (KIND: `file`, `link`, `directory`, `absent`, or why there is no copy: `large`,
 * `unreadable`, `other`; DIRECTORY is the real one) and `wrote PATH file SHA256`.
 */
export const keeping = sh`
_tab=${'\t'} _newline=${'\n'}
_escape() {
  _word=$1
  case $1 in *\\* | *"$_tab"* | *"$_newline"*) ;; *) return ;; esac
  _rest=$1 _word=
  while [ -n "$_rest" ]; do
    _tail=\${_rest#?}
    _char=\${_rest%"$_tail"}
    case $_char in
      \\) _char='\\' ;;
      "$_tab") _char='\t' ;;
      "$_newline") _char='\n' ;;
    esac
    _word=$_word$_char _rest=$_tail
  done
}
keep_file() (
  umask 077
  _old=$1 _new=$2 _log=$p_run/log
  # What a guarded change replaces is put back where nobody confirms it (host/protocol-guard.ts).
  if [ -n "$p_guard_text" ]; then guard_file "$_old" || exit; fi
  _escape "$_old"
  _path=$_word _wrote=
  if [ -f "$_new" ] && [ ! -L "$_new" ]; then
    _sum=$(sha256sum <"$_new") || exit
    _wrote="wrote$_tab$_path\${_tab}file$_tab\${_sum%% *}$_newline"
  else
    printf '%s\n' "$_path" >>"$p_run/touched" || exit
  fi
  _known=$(path=$_path awk -F '\t' '$1 == "kept" { n++; sum += $4; if ($2 == ENVIRON["path"]) known = 1 }
    END { printf "%d %d %d", known, n + 1, sum }' "$_log") || exit
  if [ "\${_known%% *}" = 1 ]; then
    printf %s "$_wrote" >>"$_log"
    exit
  fi
  _sum=\${_known##* }
  _copy=\${_known#* }
  _copy=\${_copy% *} _size=0
  if [ -L "$_old" ]; then
    _kind=link
  elif [ -f "$_old" ]; then
    _kind=file
    _size=$(stat -c %s -- "$_old") || exit
  elif [ -d "$_old" ]; then
    _kind=directory
    _size=$(du -skx -- "$_old") || exit
    _size=$((\${_size%%[!0-9]*} * 1024))
  elif [ -e "$_old" ]; then
    _kind=other
  else
    _kind=absent
  fi
  if [ "$_size" -gt ${LARGEST} ] || [ $((_sum + _size)) -gt ${MOST} ]; then
    _kind=large
  elif [ "$_kind" = file ] && [ ! -r "$_old" ]; then
    _kind=unreadable
  fi
  _directory=$(cd -P -- "\${_old%/*}/" 2>/dev/null && pwd -P) || _directory=-
  _escape "$_directory"
  set -- "$_log"
  case $_kind in
    file | link | directory)
      _to=$p_run/files/$_copy
      { [ -d "$p_run/files" ] || mkdir "$p_run/files"; } && { [ ! -e "$_to" ] || rm -rf -- "$_to"; } && cp -ax -- "$_old" "$_to" || {
        rm -rf -- "$_to"
        printf 'the old version cannot be kept, so %s stays as it is\n' "$_old" >&2
        exit 1
      }
      set -- "$@" "$p_run/files"
      ;;
    *) _copy=- ;;
  esac
  case $_kind in
    file) set -- "$@" "$_to" ;;
    directory) sync -f -- "$_to" || exit ;;
    large | unreadable | other) _size=0 ;;
  esac
  printf '%s\n%s' "kept$_tab$_path$_tab$_copy$_tab$_size$_tab$_kind$_tab$_word" "$_wrote" >>"$_log" && sync -- "$@"
)
`
