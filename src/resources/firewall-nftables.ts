import { type FileState, planFile } from '../core/file.ts'
import { type Change, change, isChanges, notReady, type Plan } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { editLines, planEdit } from './edit.ts'
import type { UnitState } from './unit-state.ts'

const DIRECTORY = '/etc/nftables.d'
const INCLUDE = `include "${DIRECTORY}/*.nft"`

/** The file of our own table. */
export const nftablesFile = `${DIRECTORY}/provision.nft`

/** The table as the kernel has it, `none`, or `no nft`. */
export const readTable = sh`
if ! command -v nft >/dev/null; then
  echo no nft
elif nft list tables | grep -qx 'table inet provision'; then
  nft list table inet provision
else
  echo none
fi`

interface Nftables {
  readonly table: string
  readonly file: FileState
  readonly main: FileState
  readonly unit: UnitState
}

export function planNftables(ports: readonly number[], { table, file, main, unit }: Nftables): Plan {
  const rules = tableOf(ports)
  const place = planFile(
    {
      path: nftablesFile,
      content: `#!/usr/sbin/nft -f
# Written by provision; changes are overwritten.
table inet provision
delete table inet provision
${rules}`,
      mode: '0644',
      validate: 'nft -c -f %s',
    },
    // Made together with its first file.
    file.kind === 'no directory' ? { kind: 'absent' } : file,
  )
  if (!isChanges(place)) return place
  const boot = planEdit({ path: '/etc/nftables.conf' }, main, false, (text) =>
    editLines(text, (lines) => (lines.includes(INCLUDE) ? lines : [...lines, INCLUDE])),
  )
  if (!isChanges(boot)) return boot
  if (unit.load !== 'loaded') return notReady(`the unit nftables.service is ${unit.load}`)
  return [
    ...place.map((one) =>
      file.kind === 'no directory' ? { ...one, apply: sh`mkdir -p ${DIRECTORY} && ${one.apply}` } : one,
    ),
    ...planRules(table, rules),
    ...boot,
    ...(unit.file === 'enabled'
      ? []
      : change('nftables.service at boot', unit.file, 'enabled', sh`systemctl enable --quiet nftables.service`)),
  ]
}

/** In one transaction of the kernel: there is no moment with half of the rules. */
function planRules(table: string, rules: string): readonly Change[] {
  const from = table === 'none\n' ? 'none' : normalised(table) === normalised(rules) ? undefined : 'others'
  return from === undefined ? [] : change('rules in force', from, 'as in the file', sh`nft -f ${nftablesFile}`)
}

/** Protocols by number (1 and 58 are ICMP and ICMPv6): names need /etc/protocols, which small images lack. */
function tableOf(ports: readonly number[]): string {
  return `table inet provision {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iif "lo" accept
    meta l4proto { 1, 58 } accept
    udp sport 67 udp dport 68 accept
    udp dport 546 ip6 saddr fe80::/10 accept
    tcp dport { ${[...ports].sort((a, b) => a - b).join(', ')} } accept
  }
}
`
}

const NUMBERS: Readonly<Record<string, string>> = { icmp: '1', 'ipv6-icmp': '58', icmpv6: '58', filter: '0' }

// How nft prints sets, quotes, names and numbers differs from version to version; which words stand in a line does not.
function normalised(table: string): string {
  return table
    .split('\n')
    .map((line) =>
      line
        .split(/[\s,;{}"]+/)
        .filter(Boolean)
        .map((word) => NUMBERS[word] ?? word)
        .sort()
        .join(' '),
    )
    .filter(Boolean)
    .join('\n')
}
