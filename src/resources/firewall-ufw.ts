import { type Change, change, impossible, type Plan } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { nftablesFile } from './firewall-nftables.ts'

const COMMENT = 'provision'

/** A line of `ufw status` about TCP ports and everybody. */
interface Rule {
  readonly first: number
  readonly last: number
  readonly family: 'ipv4' | 'ipv6'
  readonly allows: boolean
  /** It has our comment. */
  readonly ours: boolean
}

interface Ufw {
  readonly rules: readonly Rule[]
  readonly hasIpv6: boolean
}

/** Nothing where ufw is not in use: starting it costs a tenth of a second. */
export const readUfw = sh`
if grep -qsx 'ENABLED=yes' /etc/ufw/ufw.conf && command -v ufw >/dev/null; then
  ufw status && { grep -s '^IPV6=' /etc/default/ufw || true; }
fi`

/** @returns nothing where ufw is not in use. */
export function parseUfw(answer: string): Ufw | undefined {
  if (!/^Status: active$/m.test(answer)) return undefined
  const hasIpv6 = !/^IPV6="?no"?$/m.test(answer)
  return { rules: answer.split('\n').flatMap(parseRule), hasIpv6 }
}

// `25,465/tcp (v6)   ALLOW IN   Anywhere (v6)   # comment`; names of applications are not looked into.
function parseRule(line: string): readonly Rule[] {
  const match =
    /^([\d,:]+)(?:\/tcp)?( \(v6\))? +(ALLOW|LIMIT|DENY|REJECT)(?: IN)? +Anywhere(?: \(v6\))?(?: +# (.*))?$/.exec(line)
  if (!match) return []
  const [, ports = '', v6, action, comment] = match
  return ports.split(',').map((range) => {
    const [first = 0, last = first] = range.split(':').map(Number)
    return {
      first,
      last,
      family: v6 ? 'ipv6' : 'ipv4',
      allows: action === 'ALLOW' || action === 'LIMIT',
      ours: comment?.trim() === COMMENT,
    }
  })
}

/** @param table what nft says of our own table: left from before ufw, it would still drop what ufw lets in. */
export function planUfw(ports: readonly number[], { rules, hasIpv6 }: Ufw, table: string | undefined): Plan {
  const covering = (port: number, family: Rule['family']) =>
    // The first rule that matches decides.
    rules.find((rule) => rule.family === family && rule.first <= port && port <= rule.last)
  const denied = ports.find((port) =>
    (['ipv4', 'ipv6'] as const).some((family) => covering(port, family)?.allows === false),
  )
  if (denied !== undefined) {
    return impossible(
      `a rule of ufw denies port ${denied}`,
      `\`ufw status numbered\` shows it; remove it with \`ufw delete\``,
    )
  }
  const missing = ports.filter((port) => !covering(port, 'ipv4') || !covering(port, 'ipv6'))
  const stale = new Set(rules.filter(({ ours, first }) => ours && !ports.includes(first)).map(({ first }) => first))
  return [
    ...(hasIpv6 ? [] : planIpv6),
    ...missing.flatMap((port) =>
      change(`ufw rule for ${port}/tcp`, 'absent', 'allow', sh`ufw allow ${`${port}/tcp`} comment ${COMMENT}`),
    ),
    ...[...stale].flatMap((port) =>
      change(`ufw rule for ${port}/tcp`, 'allow', 'absent', sh`ufw delete allow ${`${port}/tcp`}`),
    ),
    ...planOldTable(table),
  ]
}

// Without it ufw drops all of IPv6, ICMPv6 included.
const planIpv6: readonly Change[] = change(
  '/etc/default/ufw',
  'IPV6=no',
  'IPV6=yes',
  sh`text=$(sed 's/^IPV6=.*/IPV6=yes/' /etc/default/ufw) && place_file /etc/default/ufw text="$text
" && ufw reload`,
)

function planOldTable(table: string | undefined): readonly Change[] {
  if (table === undefined || table === 'none\n') return []
  const apply = sh`remove_file ${nftablesFile} && nft delete table inet provision`
  return change('table inet provision', 'loaded', 'absent', apply)
}
