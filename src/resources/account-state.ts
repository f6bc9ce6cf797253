import { type Batch, inBatch, unsplit } from '../core/batch.ts'
import { type Script, sh } from '../core/shell.ts'

/** The read of a user: the line of passwd(5), then the names of its groups, the primary one first; nothing where there is none. */
export function readAccount(name: string): Script {
  // id fails where a group has no name, and prints its number.
  const read = sh`if getent passwd ${name}; then id -Gn -- ${name} || :; else [ $? -eq 2 ]; fi`
  return inBatch(read, accounts, name)
}

/** The read of groups: the lines of group(5) of those that exist, in this order. */
export function readGroups(names: readonly string[]): Script {
  return inBatch(sh`getent group ${names} || [ $? -eq 2 ]`, groups, names)
}

const accounts: Batch<string> = {
  ask: (names) => sh`found=$(getent passwd ${names}) || [ $? -eq 2 ] || exit
printf '%s\n\n' "$found"
IFS='
'
set -f
names=
for line in $found; do names="$names
\${line%%:*}"; done
[ -z "$found" ] || id -Gn -- $names || :`,
  split(output, names) {
    const end = output.indexOf('\n\n')
    const entries = byName(output.slice(0, end), names)
    const lists = output.slice(end + 2).split('\n')
    if (end < 0 || !entries || lists.length !== entries.size + 1 || lists.at(-1) !== '') return unsplit(names)
    const known = [...entries.keys()]
    return names.map((name) => (entries.has(name) ? `${entries.get(name)}\n${lists[known.indexOf(name)]}\n` : ''))
  },
}

const groups: Batch<readonly string[]> = {
  ask: (lists) => sh`getent group ${[...new Set(lists.flat())]} || [ $? -eq 2 ]`,
  split(output, lists) {
    const entries = byName(output.replace(/\n$/, ''), [...new Set(lists.flat())])
    if (!entries) return unsplit(lists)
    return lists.map((names) => names.map((name) => (entries.has(name) ? `${entries.get(name)}\n` : '')).join(''))
  },
}

/** The lines that getent(1) prints, in the order of the names; nothing where one of them goes by another name (a number). */
function byName(output: string, names: readonly string[]): ReadonlyMap<string, string> | undefined {
  const lines = output === '' ? [] : output.split('\n')
  const entries = new Map<string, string>()
  for (const name of names) {
    const line = lines[entries.size]
    if (line?.startsWith(`${name}:`)) entries.set(name, line)
  }
  return entries.size === lines.length ? entries : undefined
}
