import { type Batch, unsplit } from './batch.ts'
import { sh } from './shell.ts'

/** What `file_state` is asked for. */
export interface FileKey {
  /** Absolute. */
  readonly path: string
  /** By its sha256, not its content. */
  readonly hash: boolean
}

/**
 * `file_state` of many paths, by one stat(1), readlink(1), cat(1) and sha256sum(1) for all. Contents come one behind the
 * other, and are told apart by their sizes; whether those were true while they were read, a second stat(1) tells.
 */
export const fileStates: Batch<FileKey> = {
  ask(keys) {
    const paths = inOrder(keys)
    return sh`${askAll}
file_states ${keys.filter(({ hash }) => !hash).length} ${paths.map(({ path }) => path)}`
  },
  split(output, keys) {
    const answers = readAll(output, keys.length)
    const paths = inOrder(keys)
    return answers ? keys.map((key) => answers[paths.indexOf(key)]) : unsplit(keys)
  },
}

/** A letter for each path (`a`bsent, `n`o directory, or there: `x`), a line for each that is there, links, texts, hashes. */
const askAll = sh`
file_states() {
  _texts=$1 _n=0 _all= _there= _i=0 _links= _cat= _hash=
  shift
  for _path do
    _n=$((_n + 1)) _kind=
    if [ -L "$_path" ]; then
      _kind=link
    elif [ -f "$_path" ]; then
      if [ "$_n" -gt "$_texts" ]; then _kind=hash; else _kind=text; fi
    elif [ -d "$_path" ]; then
      _kind=directory
    elif [ -e "$_path" ]; then
      _kind=other
    elif [ -d "\${_path%/*}/" ]; then
      _all=\${_all}a
    else
      _all=\${_all}n
    fi
    if [ -n "$_kind" ]; then
      _i=$((_i + 1)) _all=\${_all}x _there=$_there' "\${'$_n'}"'
      eval "_kind_$_i=$_kind"
    fi
  done
  printf '%s\n' "$_all"
  [ -n "$_there" ] || return 0
  eval "set -- $_there"
  _stats=$(stat -c '%.9Z %a %U %G %s' -- "$@") || return
  IFS='
' _i=0
  set -f
  for _line in $_stats; do
    _i=$((_i + 1))
    eval "_kind=\$_kind_$_i"
    if [ "$_kind" = text ] && [ "\${_line##* }" -gt 65536 ]; then _kind=hash; fi
    case $_kind in
      link) _links=$_links' "\${'$_i'}"' ;;
      text) _cat=$_cat' "\${'$_i'}"' ;;
      hash) _hash=$_hash' "\${'$_i'}"' ;;
    esac
    printf '%s %s\n' "$_kind" "\${_line#* }"
  done
  unset IFS
  if [ -n "$_links" ]; then eval "readlink -- $_links" || return; fi
  if [ -n "$_cat" ]; then eval "cat -- $_cat" || return; fi
  if [ -n "$_hash" ]; then eval "sha256sum -- $_hash" || return; fi
  [ -z "$_links$_cat" ] || [ "$_stats" = "$(stat -c '%.9Z %a %U %G %s' -- "$@")" ]
}`

function inOrder(keys: readonly FileKey[]): readonly FileKey[] {
  return [...keys.filter(({ hash }) => !hash), ...keys.filter(({ hash }) => hash)]
}

/** @returns what `file_state` would have printed for each path, nothing where the parts do not fit together. */
function readAll(output: string, count: number): readonly string[] | undefined {
  const rest = new Reader(output)
  const order = rest.line()
  const heads = [...order.trimEnd()].map((letter) =>
    letter === 'a' ? 'absent\n' : letter === 'n' ? 'no directory\n' : rest.line(),
  )
  const bodies = new Map<number, string>()
  for (const wanted of ['link', 'text', 'hash']) {
    for (const [index, head] of heads.entries()) {
      if (!head.startsWith(`${wanted} `)) continue
      const size = Number(head.slice(head.lastIndexOf(' ')))
      bodies.set(
        index,
        wanted === 'hash' ? `${/[0-9a-f]{64}/.exec(rest.line())?.[0]}  -\n` : rest.take(size, wanted === 'link'),
      )
    }
  }
  if (heads.length !== count || !rest.isAtEnd) return undefined
  return heads.map((head, index) => head + (bodies.get(index) ?? ''))
}

/** Reads a text from its beginning. What is missing makes the end unreachable. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length
  }

  /** With its line break. */
  line(): string {
    const end = this.#text.indexOf('\n', this.#at)
    return end < 0 ? this.take(Number.POSITIVE_INFINITY, false) : this.take(end + 1 - this.#at, false)
  }

  take(size: number, newline: boolean): string {
    const start = this.#at
    this.#at += size + (newline ? 1 : 0)
    return this.#text.slice(start, this.#at)
  }
}
