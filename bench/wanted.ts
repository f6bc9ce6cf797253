/**
 * What all tools are asked to bring about.
 */
import type { Wanted } from './types.ts'

/** Of the release that the bench runs on: small, and installed nowhere by itself. */
const packages = [
  'jq',
  'acl',
  'logrotate',
  'dns-root-data',
  'distro-info-data',
  'libpopt0',
  'libjemalloc2',
  'libsodium23',
  'libuv1',
  'libxml2',
  'libonig5',
  'liblmdb0',
  'libprotobuf-c1',
  'libidn12',
  'libmaxminddb0',
  'libnfnetlink0',
  'libfstrm0',
  'libjq1',
  'git',
  'rsync',
]

const services = ['cron', 'rsyslog', 'ssh', 'systemd-resolved']

/** Of the loopback interface, where none of them matters. */
const parameters = [
  ...['log_martians', 'accept_redirects', 'secure_redirects', 'send_redirects', 'accept_source_route', 'rp_filter'],
  ...['arp_announce', 'arp_ignore', 'arp_notify', 'arp_accept', 'arp_filter', 'promote_secondaries', 'proxy_arp'],
  ...['shared_media', 'drop_gratuitous_arp', 'drop_unicast_in_l2_multicast', 'ignore_routes_with_linkdown'],
  ...['accept_local', 'bootp_relay', 'proxy_arp_pvlan'],
].map((name) => `net.ipv4.conf.lo.${name}`)

const parameters6 = [
  ...['accept_ra', 'accept_ra_defrtr', 'accept_ra_pinfo', 'accept_redirects', 'autoconf', 'dad_transmits'],
  ...['router_solicitations', 'accept_dad', 'drop_unicast_in_l2_multicast', 'drop_unsolicited_na'],
  ...['ignore_routes_with_linkdown', 'ndisc_notify', 'suppress_frag_ndisc', 'use_tempaddr', 'accept_ra_mtu'],
  ...['accept_ra_rtr_pref', 'accept_ra_min_hop_limit', 'force_mld_version', 'max_addresses', 'accept_source_route'],
].map((name) => `net.ipv6.conf.lo.${name}`)

const folder = '/srv/bench'

/**
 * A list of so many things, always the same. Ten of them are three files, a directory, two lines, a user, a kernel parameter, a
 * command with a proof, and a package or a service.
 *
 * @param kinds `files`: without what needs a system of its own (packages, services, kernel parameters): more of the others.
 */
export function wanted(count: number, kinds: 'all' | 'files' = 'all'): readonly Wanted[] {
  const things = Array.from({ length: Math.ceil(count / 10) }, (_, tens) => [...ten(tens), ...last(tens, kinds)])
  return [{ kind: 'directory', path: folder, mode: '0755' } as const, ...things.flat()].slice(0, count)
}

function ten(tens: number): readonly Wanted[] {
  const file = (part: string): Wanted => ({
    kind: 'file',
    path: `${folder}/${part}-${tens}.conf`,
    content: `# Part ${part} of service ${tens}\nlisten = 127.0.0.${(tens % 250) + 1}\nname = ${part}${tens}\nlimit = ${tens * 7 + 1}\n`,
    mode: '0644',
  })
  return [
    file('server'),
    file('client'),
    file('limits'),
    { kind: 'directory', path: `${folder}/data-${tens}`, mode: '0750' },
    { kind: 'line', path: `${folder}/hosts`, line: `192.0.2.${(tens % 250) + 1} host${tens}.example.org` },
    { kind: 'line', path: `${folder}/allowed`, line: `user${tens}@example.org` },
    {
      kind: 'user',
      name: `bench${String((tens % 40) + 1).padStart(2, '0')}`,
      shell: '/bin/sh',
      comment: `Service ${(tens % 40) + 1}`,
    },
    { kind: 'command', run: `touch ${folder}/made-${tens}`, creates: `${folder}/made-${tens}` },
  ]
}

function last(tens: number, kinds: 'all' | 'files'): readonly Wanted[] {
  if (kinds === 'files') {
    return [
      { kind: 'directory', path: `${folder}/queue-${tens}`, mode: '0700' },
      { kind: 'line', path: `${folder}/denied`, line: `stranger${tens}@example.net` },
    ]
  }
  const half = tens >> 1
  return [
    { kind: 'sysctl', key: [...parameters, ...parameters6][tens % 40]!, value: '1' },
    tens % 2 === 0
      ? { kind: 'package', name: packages[half % packages.length]! }
      : { kind: 'service', name: services[half % services.length]! },
  ]
}
