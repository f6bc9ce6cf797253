import type { Change } from '../core/resource.ts'
import { type Script, sh } from '../core/shell.ts'

/** The lines of /etc/hosts for one address. Lines of other addresses are not asked, so that they may change in between. */
export function readHostsLines(address: string): Script {
  const pattern = `^[[:space:]]*${address.replaceAll('.', '\\.')}[[:space:]]`
  return sh`if [ -e /etc/hosts ]; then grep -iE ${pattern} /etc/hosts || [ $? -eq 1 ]; fi`
}

/** The names of an address, in order and without repetition, from the answer to `readHostsLines`. */
export function parseHostsNames(answer: string): readonly string[] {
  const lines = answer.split('\n').map((line) => line.replace(/#.*/, '').trim())
  return [...new Set(lines.flatMap((line) => line.split(/\s+/).slice(1)))]
}

/** Makes one line of the address and its names; the first name is the canonical one (hosts(5)). No names: no line. */
export function planHostsLine(address: string, now: readonly string[], names: readonly string[]): readonly Change[] {
  if (now.join(' ') === names.join(' ')) return []
  const line = names.length === 0 ? '' : `${address} ${names.join(' ')}`
  return [
    {
      what: `/etc/hosts ${address}`,
      from: now.join(' ') || 'absent',
      to: names.join(' ') || 'absent',
      apply: sh`text=$({ [ ! -e /etc/hosts ] || cat /etc/hosts; } | awk -v address=${address} -v line=${line} '
  tolower($1) == address { if (line != "") print line; line = ""; next }
  { print }
  END { if (line != "") print line }
') && place_file /etc/hosts text="$text
"`,
    },
  ]
}
