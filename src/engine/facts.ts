import { HostError } from '../core/error.ts'
import type { Json, JsonObject } from '../core/json.ts'
import type { Answer } from '../core/session.ts'
import { type Script, sh } from '../core/shell.ts'

/**
 * Asks for everything under `host.*`. Four forks: `uname`, `cat`, `ip`, `systemd-detect-virt`; the rest is read by the shell itself.
 * The full name comes from /etc/hosts as `hostname -f` would find it first, never from DNS, which may hang.
 */
export const factsQuestion: Script = sh`
read -r kernel </proc/sys/kernel/osrelease
read -r hostname </proc/sys/kernel/hostname
read -r _ memory _ </proc/meminfo
printf '%s\n' "kernel $kernel" "hostname $hostname" "memory $memory" "arch $(uname -m)" "python $(command -v python3)" "init $(cat /proc/1/comm)"
while read -r interface destination _; do
  [ "$destination" = 00000000 ] && printf 'default %s\n' "$interface" && break
done </proc/net/route
printf 'virt %s\n' "$(systemd-detect-virt 2>/dev/null)"
ip -o addr show 2>/dev/null | while read -r _ interface family address rest; do
  case "$address $rest" in
    *temporary*) ;;
    *'scope global'* | 127.*) printf 'address %s %s %s\n' "$interface" "$family" "$address" ;;
  esac
done
while read -r line; do printf 'os %s\n' "$line"; done </etc/os-release
while read -r line; do printf 'hosts %s\n' "$line"; done </etc/hosts
true
`

/**
 * The variable `host` from what the host said to `factsQuestion`.
 *
 * @throws {HostError} when it could not answer.
 */
export function factsIn(answer: Answer | undefined): JsonObject {
  if (answer?.status !== 0) throw new HostError('could not read facts', { output: answer?.stderr })
  return parseFacts(answer.text)
}

/** The same from the text of the answer. */
export function parseFacts(answer: string): JsonObject {
  const lines = answer.split('\n').map((line) => {
    const space = line.indexOf(' ')
    return space < 0 ? { key: line, value: '' } : { key: line.slice(0, space), value: line.slice(space + 1) }
  })
  const one = (key: string): string => lines.find((line) => line.key === key)?.value ?? ''
  const all = (key: string): string[] => lines.filter((line) => line.key === key).map((line) => line.value)
  const os = osRelease(all('os'))
  const addresses = all('address').map((line) => {
    const [name = '', family, address = ''] = line.split(' ')
    return { name, family: family === 'inet6' ? 'ipv6' : 'ipv4', address: address.split('/')[0] ?? '', cidr: address }
  })
  const public_ = addresses.filter(({ name }) => name !== 'lo')
  const first = (family: string): Json => public_.find((entry) => entry.family === family)?.address ?? null
  return {
    os: { id: os.get('ID') ?? '', version: os.get('VERSION_ID') ?? '', codename: os.get('VERSION_CODENAME') ?? '' },
    arch: one('arch'),
    kernel: one('kernel'),
    hostname: one('hostname').split('.')[0] ?? '',
    fqdn: fullName(one('hostname'), all('hosts')),
    addresses: {
      ipv4: first('ipv4'),
      ipv6: first('ipv6'),
      all: public_.map(({ address }) => address),
    },
    interfaces: Object.fromEntries(
      [...new Set(addresses.map(({ name }) => name))].map((name) => [
        name,
        {
          ipv4: addresses.filter((entry) => entry.name === name && entry.family === 'ipv4').map(({ cidr }) => cidr),
          ipv6: addresses.filter((entry) => entry.name === name && entry.family === 'ipv6').map(({ cidr }) => cidr),
        },
      ]),
    ),
    default_interface: one('default') || null,
    memory: Math.floor(Number(one('memory')) / 1024),
    python: one('python') || null,
    init: one('init'),
    virt: one('virt') || 'none',
  }
}

// os-release(5): shell-style assignments, values optionally quoted.
function osRelease(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.flatMap((line) => {
      const match = /^([A-Z_]+)=(?:"(.*)"|'(.*)'|(.*))$/.exec(line)
      return match?.[1] ? [[match[1], match[2] ?? match[3] ?? match[4] ?? '']] : []
    }),
  )
}

function fullName(hostname: string, hostsFile: readonly string[]): string {
  if (hostname.includes('.')) return hostname
  for (const line of hostsFile) {
    const [, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (names.includes(hostname)) return names[0]?.includes('.') ? names[0] : hostname
  }
  return hostname
}
