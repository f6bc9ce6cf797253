import { joinScripts, type Script, sh } from '../core/shell.ts'

/** A source of packages, sources.list(5) "DEB822-STYLE FORMAT". */
export interface AptSource {
  readonly types: readonly string[]
  readonly uris: readonly string[]
  readonly suites: readonly string[]
  readonly components: readonly string[]
  readonly enabled: boolean
  /** Path of the key on the host. */
  readonly signedBy: string | undefined
  readonly options: { readonly [field: string]: string | number | boolean | readonly string[] }
}

/** Where sources and their keys are. */
export const SOURCES = '/etc/apt/sources.list.d'
export const KEYRINGS = '/etc/apt/keyrings'

/** The text of a `.sources` file. */
export function writeSource({ types, uris, suites, components, enabled, signedBy, options }: AptSource): string {
  const fields: readonly (readonly [string, readonly string[]])[] = [
    ['Types', types],
    ['URIs', uris],
    ['Suites', suites],
    ['Components', components],
    ['Enabled', enabled ? [] : ['no']],
    ['Signed-By', signedBy === undefined ? [] : [signedBy]],
    ...Object.entries(options).map(([field, value]) => [field, [value].flat().map(word)] as const),
  ]
  const lines = fields.filter(([, words]) => words.length > 0).map(([field, words]) => `${field}: ${words.join(' ')}\n`)
  return `# managed by provision\n${lines.join('')}`
}

/**
 * OpenPGP keys as text: ASCII armour (RFC 9580 §6) is taken as it is, binary keys get theirs. No checksum, which is optional there.
 *
 * @returns nothing when it is no public key.
 */
export function armour(key: Buffer): string | undefined {
  const [first = 0] = key
  if (first & 0x80) {
    // RFC 9580 §4.2: the six low bits are the type of the packet, or four of them in the old format; 6 is a public key.
    const type = first & 0x40 ? first & 0x3f : (first & 0x3c) >> 2
    if (type !== 6) return undefined
    const lines = key.toString('base64').match(/.{1,64}/g) ?? []
    return ['-----BEGIN PGP PUBLIC KEY BLOCK-----', '', ...lines, '-----END PGP PUBLIC KEY BLOCK-----', ''].join('\n')
  }
  const text = key.toString('utf8').replaceAll('\r\n', '\n').trim()
  return isArmoured(text) ? `${text}\n` : undefined
}

/** Whether the text is a public key in ASCII armour, with the empty line without which apt finds nothing in it. */
function isArmoured(text: string): boolean {
  return (
    !text.includes('PRIVATE KEY') &&
    /^-----BEGIN PGP PUBLIC KEY BLOCK-----\n(.+\n)*[ \t]*\n[\s\S]+\n-----END PGP PUBLIC KEY BLOCK-----$/.test(text)
  )
}

/** A source, and its key where it brings one, before they are in their places. */
export interface TrialSource {
  readonly name: string
  readonly content: string
  readonly key: string | undefined
  /** Seconds to wait for another apt. */
  readonly lockTimeout: number
  /** Fetch its package lists. */
  readonly fetch: boolean
}

/**
 * Has apt read the source together with all others, and fetch its package lists, while everything in /etc is still as before.
 * Fails with what apt says.
 */
export function trySource({ name, content, key, lockTimeout, fetch }: TrialSource): Script {
  const file = `${name}.sources`
  const keyFile = `${name}.asc`
  const script = sh`directory=/var/cache/apt/provision && rm -rf -- "$directory" && mkdir -p -- "$directory" || exit
trap 'rm -rf -- "$directory"' EXIT
trap 'exit 143' TERM
tell() {
  printf '%s\n' "$said" | sed -e "s|$directory/[a-z]*/|${SOURCES}/|g" -e "s|$directory/|${KEYRINGS}/|g"
}
cp -R -- ${SOURCES} "$directory"/all && printf %s ${content} >"$directory"/all/${file} || exit
# Two sources that contradict each other would stop apt altogether.
said=$(apt-get indextargets -o Dir::Etc::sourceparts="$directory"/all 2>&1 >/dev/null) || { tell >&2 && exit 100; }`
  const fetching = fetch ? [fetchLists(file, keyFile, key), waitForLists(lockTimeout)] : []
  return joinScripts([sh`(`, script, ...fetching, sh`)`])
}

// Only this source: the others may be slow, or broken for reasons of their own. Their lists stay.
function fetchLists(file: string, keyFile: string, key: string | undefined): Script {
  const [from, to] = [sh`"$directory"/all/${file}`, sh`"$directory"/one/${file}`]
  const rename = sh`"s|^Signed-By: ${KEYRINGS}/${keyFile}\$|Signed-By: $directory/${keyFile}|"`
  return joinScripts([
    sh`mkdir "$directory"/one || exit`,
    key === undefined
      ? sh`cp ${from} ${to} || exit`
      : sh`printf %s ${key} >"$directory"/${keyFile} && sed ${rename} ${from} >${to} || exit`,
    sh`chmod -R a+rX "$directory"
fetch() {
  apt-get -q update -o APT::Update::Error-Mode=any -o APT::Get::List-Cleanup=false -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::sourcelist=${to} 2>&1
}`,
  ])
}

// apt-get waits for dpkg's lock only. The directory's time tells when all lists were fetched, and they were not.
function waitForLists(seconds: number): Script {
  return sh`fetched=$(stat -c %Y /var/lib/apt/lists/partial 2>/dev/null)
left=${Math.ceil(seconds)}
until said=$(fetch); do
  case $said in
    *'Could not get lock'*) [ "$left" -gt 0 ] ;;
    *) false ;;
  esac || { tell >&2 && exit 100; }
  sleep 2
  left=$((left - 2))
done
touch -d "@\${fetched:-0}" /var/lib/apt/lists/partial
tell`
}

function word(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)
}
