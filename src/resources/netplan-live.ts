import type { Json } from '../core/json.ts'
import { type Script, sh } from '../core/shell.ts'
import { parseIp } from '../mail/ip-address.ts'

/** How long they may take to appear after `netplan apply`: networkd configures links on its own time. */
const SETTLE_SECONDS = 20

/** What a netplan configuration makes visible in the kernel: an address of a link, or its default gateway. */
export interface Live {
  readonly link: string
  /** As ip(8) prints it: `2001:db8::11/64`, or `via fe80::1`. */
  readonly words: string
}

/** Addresses and default gateways of a configuration, in the usual form of addresses. */
export function liveOf(config: Readonly<Record<string, Json>>): readonly Live[] {
  return Object.values(config).flatMap((kind) =>
    Object.entries(isMapping(kind) ? kind : {}).flatMap(([link, settings]) => {
      if (!isMapping(settings)) return []
      const addresses = listOf(settings.addresses).filter((one) => typeof one === 'string')
      const gateways = listOf(settings.routes).flatMap((route) =>
        isMapping(route) && ['default', '::/0', '0.0.0.0/0'].includes(String(route.to)) && typeof route.via === 'string'
          ? [route.via]
          : [],
      )
      return [
        ...addresses.map((address) => ({ link, words: canonical(address) })),
        ...gateways.map((gateway) => ({ link, words: `via ${canonical(gateway)}` })),
      ]
    }),
  )
}

/** The read for `isLive`. */
export const readLive = sh`ip -o addr show; ip -o -4 route show default; ip -o -6 route show default`

export function isLive(answer: string, { link, words }: Live): boolean {
  return answer.split('\n').some((line) => {
    const parts = line.split(/\s+/)
    const device = parts[0] === 'default' ? parts[parts.indexOf('dev') + 1] : parts[1]
    return device === link && `${line} `.includes(` ${words} `)
  })
}

/** Succeeds when all of them are there; says what did not appear in time. */
export function waitFor(all: readonly Live[]): Script {
  return sh`(
  set -- ${all.flatMap(({ link, words }) => [link, words])}
  end=$(($(date +%s) + ${SETTLE_SECONDS}))
  while [ $# -gt 0 ]; do
    case "$({ ip -o addr show dev "$1"; ip -o -4 route show default dev "$1"; ip -o -6 route show default dev "$1"; } 2>/dev/null) " in
      *" $2 "*) shift 2 ;;
      *) [ "$(date +%s)" -lt "$end" ] || { echo "$2 did not appear on $1" >&2 && exit 1; }; sleep 0.2 ;;
    esac
  done
)`
}

/** The address without its prefix length or the word before it. */
export function addressIn({ words }: Live): string {
  return words.replace(/^via |\/\d+$/g, '')
}

function canonical(text: string): string {
  const [address = '', prefix] = text.split('/')
  const known = parseIp(address)?.text ?? address
  return prefix === undefined ? known : `${known}/${prefix}`
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}

export function isMapping(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
