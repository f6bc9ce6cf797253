import * as z from 'zod'
import { parseFile, readFile } from '../core/file.ts'
import { impossible, notReady, type Plan, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { nftablesFile, planNftables, readTable } from './firewall-nftables.ts'
import { parseUfw, planUfw, readUfw } from './firewall-ufw.ts'
import { parseUnits, readUnits } from './unit-state.ts'

const MAIN = '/etc/nftables.conf'

/** A port as a number, or as its digits: a template makes text. */
const port = () =>
  z
    .union([z.int(), z.string().regex(/^\d+$/).transform(Number)], { error: 'must be a port number' })
    .refine((number) => number >= 1 && number <= 65_535, 'must be a port number')

export const firewall = resource({
  name: 'firewall',
  summary: 'Let in ssh, some TCP ports and ICMP, and nothing else.',
  description: `
The ports of sshd always stay open: those of its configuration, those on which it listens, and those of its socket unit. Where they cannot be
told, nothing is changed. ICMP and ICMPv6, answers to connections from here, DHCP and the loopback are let in; everything may go out.

With nftables (the package must be there) the rules are a table of their own, \`inet provision\`, in /etc/nftables.d/provision.nft, loaded at boot
through /etc/nftables.conf. Other tables stay as they are, so what they drop stays dropped. Rules changed by hand are put right.

Where ufw is in use, the ports become rules of ufw with the comment \`provision\`. Other rules of ufw stay; one that denies a wanted port is an error.

A firewall of the provider, in its panel or network, is a second one: when a port is open here and yet not reached from outside, open it there, too.`,
  examples: `
- name: Only ssh and mail come in
  firewall: { tcp: [25, 465, 587] }
`,
  params: () =>
    z.strictObject({
      tcp: z.array(port()).describe('TCP ports that are open to everybody, besides those of sshd.'),
    }),

  read: () => ({
    sshd: readSshPorts,
    ufw: readUfw,
    table: readTable,
    file: readFile(nftablesFile),
    main: readFile(MAIN),
    boot: readUnits('nftables.service'),
  }),

  plan({ tcp }, now): Plan {
    const doors = now.sshd.split('\n').filter(Boolean)
    if (doors.length === 0) {
      return impossible('the port of sshd is not known', 'look at what `sshd -T` says, and at `ss -ltnp`')
    }
    const ports = unique([...doors.map(Number).filter((door) => door > 0), ...tcp])
    const ufw = parseUfw(now.ufw)
    const table = now.table === 'no nft\n' ? undefined : now.table
    if (ufw) return planUfw(ports, ufw, table)
    if (table === undefined) return notReady('nftables is not installed')
    const [unit] = parseUnits(now.boot)
    if (!unit) return impossible('this host does not run systemd')
    return planNftables(ports, { table, file: parseFile(now.file), main: parseFile(now.main), unit })
  },

  // The rules in force are kept with every guard.
  guard: (_, now) =>
    parseUfw(now.ufw)
      ? { files: ['/etc/ufw/user.rules', '/etc/ufw/user6.rules'], reload: sh`ufw reload` }
      : { files: [nftablesFile, MAIN] },
})

// The port that we came through may be a forwarded one, so sshd itself is asked; where a socket unit listens for it, only systemd knows.
const readSshPorts = sh`
if ! command -v sshd >/dev/null; then
  echo no sshd
else
  {
    sshd -T 2>/dev/null | sed -n 's/^port //p'
    ss -Hltnp 2>/dev/null | awk '/"sshd"/ { sub(/.*:/, "", $4); print $4 }'
    if systemctl is-active --quiet ssh.socket; then
      systemctl show -p Listen ssh.socket | sed -n 's/^Listen=.*:\([0-9]*\) (Stream)$/\1/p'
    fi
  } | sort -nu
fi`

function unique(ports: readonly number[]): readonly number[] {
  return [...new Set(ports)]
}
