import type { JsonObject } from '../../src/core/json.ts'
import { dnsCauses } from './preflight-dns-causes.ts'

/** One way to make one thing wrong on a lab that is fit for mail, and back. */
export interface Cause {
  /** The kind that is found then, and no other. */
  readonly id: string
  readonly it: string
  /** Shell text. */
  readonly on?: { readonly host: 'mx1' | 'ns1'; readonly cause: string; readonly mend: string }
  /** Records to change in a zone of the lab's DNS, as nsupdate has them. */
  readonly dns?: { readonly zone: string; readonly cause: readonly string[]; readonly mend: readonly string[] }
  /** Variables of the command line. */
  readonly variables?: JsonObject
  /** Keys of the host's inventory entry; null takes one away. */
  readonly entry?: JsonObject
  readonly remedy: RegExp
  /** Kinds that follow from the same cause. */
  readonly also?: readonly string[]
  /** It is advice: the run ends well. */
  readonly isAdvice?: true
}

/** Where mail servers of others answer: as it should be, and with something else than a greeting. */
const others = { greets: 'ns1.alpha.test', refuses: 'ns1.alpha.test#2526', far: 'far.alpha.test' }

/** What `preflight` is told in every run. */
export const checks = {
  mail_servers: [others.greets],
  blocklists: { addresses: ['bl.alpha.test'], domains: ['dbl.alpha.test'] },
  rdap: 'https://198.51.100.10:8443',
}

// Stands before the real one in the path that every session has.
const wrapper = (program: string, line: string) => ({
  host: 'mx1' as const,
  cause: `printf '#!/bin/sh\\n%s\\n' ${line} >/usr/local/bin/${program}; chmod 755 /usr/local/bin/${program}`,
  mend: `rm /usr/local/bin/${program}`,
})

const overlaid = (file: string, edit: string) => ({
  host: 'mx1' as const,
  cause: `sed ${edit} ${file} >/run/overlaid; mount --bind /run/overlaid $(readlink -f ${file})`,
  mend: `umount $(readlink -f ${file}); rm /run/overlaid`,
})

const rules = (hook: string, rule: string) => ({
  host: 'mx1' as const,
  cause: `nft add table inet cause; nft add chain inet cause way '{ type ${hook}; }'; nft add rule inet cause way ${rule}`,
  mend: 'nft delete table inet cause',
})

/** Shell text that goes on once a port of the host itself is open. */
export const untilOpen = (port: number): string =>
  `until bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}' 2>/dev/null; do sleep 0.05; done`

/** Shell text that starts a unit which says one line to whoever connects. */
export const listener = (unit: string, place: string, port: number, line: string): string =>
  `systemd-run --quiet --collect --unit=${unit} python3 -c '
import socket
server = socket.create_server(("${place}", ${port}), family=socket.${place.includes(':') ? 'AF_INET6, dualstack_ipv6=True' : 'AF_INET'})
while True:
    client, _ = server.accept()
    client.sendall(b"${line}\\r\\n")
    client.close()
'; ${untilOpen(port)}`

export const causes: readonly Cause[] = [
  {
    id: 'os-unsupported',
    it: 'a distribution that nobody tried',
    on: overlaid('/etc/os-release', `-e 's/^ID=.*/ID=arch/' -e 's/^PRETTY_NAME=.*/PRETTY_NAME="Arch Linux"/'`),
    remedy: /^reinstall .* Debian 13/,
  },
  {
    id: 'arch-unsupported',
    it: 'a processor for which there is no package',
    on: wrapper('uname', `'echo riscv64'`),
    remedy: /x86_64 \(amd64\) or aarch64/,
  },
  {
    id: 'systemd-missing',
    it: 'a container without systemd',
    on: {
      host: 'mx1',
      cause: 'mv /run/systemd/system /run/systemd/hidden',
      mend: 'mv /run/systemd/hidden /run/systemd/system',
    },
    remedy: /virtual machine/,
  },
  {
    id: 'name-not-full',
    it: 'a host name only',
    variables: { mail_host: 'mx1' },
    remedy: /^mail_host: mx1\./,
    also: ['ptr-different'],
  },
  {
    id: 'memory-low',
    it: 'less than half a gigabyte',
    on: overlaid('/proc/meminfo', `'s/^MemTotal:.*/MemTotal: 390000 kB/'`),
    remedy: /1 GB/,
  },
  {
    id: 'memory-low',
    it: 'less than a gigabyte',
    on: overlaid('/proc/meminfo', `'s/^MemTotal:.*/MemTotal: 700000 kB/'`),
    remedy: /1 GB/,
    isAdvice: true,
  },
  {
    id: 'disk-full',
    it: 'a small disk',
    on: { host: 'mx1', cause: 'mount -t tmpfs -o size=1g none /var', mend: 'umount /var' },
    remedy: /du -xh \/var/,
  },
  {
    id: 'clock-wrong',
    it: 'a clock that is an hour ahead',
    on: wrapper('date', `'exec /usr/bin/date -d "1 hour" "$@"'`),
    remedy: /^timedatectl set-ntp true/,
  },
  {
    id: 'tmp-noexec',
    it: 'a /tmp where nothing can be executed',
    on: { host: 'mx1', cause: 'mount -t tmpfs -o noexec none /tmp', mend: 'umount /tmp' },
    remedy: /^mount -o remount,exec \/tmp/,
    isAdvice: true,
  },
  {
    id: 'port-taken',
    it: 'another mail server, on the loopback only',
    on: {
      host: 'mx1',
      cause: listener('postfix', '127.0.0.1', 25, '220 x ESMTP Postfix'),
      mend: 'systemctl stop postfix',
    },
    remedy: /^systemctl disable postfix; systemctl stop postfix$/,
  },
  {
    id: 'name-on-loopback',
    it: 'the public name in the line of localhost',
    on: {
      host: 'mx1',
      cause: "sed -i 's/^127.0.0.1 .*/& smtp.alpha.test/' /etc/hosts",
      mend: "sed -i 's/ smtp.alpha.test//' /etc/hosts",
    },
    remedy: /^sed -i -E /,
    isAdvice: true,
  },
  {
    id: 'resolver-broken',
    it: 'a resolver that is not there',
    on: overlaid('/etc/resolv.conf', `'s/^nameserver .*/nameserver 198.51.100.99/'`),
    remedy: /^resolvectl status/,
  },
  {
    id: 'outbound-filtered',
    it: 'a provider that drops what goes to port 25',
    on: rules('filter hook output priority 0', 'tcp dport 25 drop'),
    remedy: /open outgoing TCP port 25/,
  },
  {
    id: 'outbound-refused',
    it: 'a firewall that rejects what goes to port 25',
    on: rules('filter hook output priority 0', 'tcp dport 25 reject with tcp reset'),
    remedy: /open outgoing TCP port 25/,
  },
  {
    id: 'outbound-greeting',
    it: 'a proxy in the place of every mail server',
    variables: { checks: { ...checks, mail_servers: [others.refuses] } },
    remedy: /proxy/,
  },
  {
    id: 'ipv6-missing',
    it: 'no IPv6, and none planned',
    entry: { ipv6: null },
    remedy: /ipv6: \{ address:/,
    isAdvice: true,
  },
  {
    id: 'ipv6-route-missing',
    it: 'IPv6 without a way out',
    on: {
      host: 'mx1',
      cause: 'sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0; ip address add 2001:db8:64::11/64 dev eth0 nodad',
      mend: 'sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1',
    },
    entry: { ipv6: null },
    variables: { checks: { ...checks, mail_servers: [others.greets.replace('ns1', 'far')] } },
    remedy: /gateway/,
    isAdvice: true,
  },
  {
    id: 'inbound-filtered',
    it: 'a firewall that drops what comes to port 587',
    on: rules('filter hook input priority 0', 'tcp dport 587 drop'),
    remedy: /^open incoming TCP 587 /,
    isAdvice: true,
  },
  {
    id: 'inbound-foreign',
    it: 'a port that is forwarded to something else',
    on: {
      host: 'mx1',
      cause: `${listener('cause', '0.0.0.0', 2587, 'SSH-2.0-x')}; ${rules('nat hook prerouting priority -100', 'tcp dport 587 redirect to :2587').cause}`,
      mend: 'nft delete table inet cause; systemctl stop cause',
    },
    remedy: /^who has the port on the host: ss /,
    isAdvice: true,
  },
  ...dnsCauses,
]
