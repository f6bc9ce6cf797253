import { reverseName } from '../../src/lab/addresses.ts'
import { restartMail, startMail, stopMail } from './lax-server.ts'
import { anywhere, type FaultOf } from './verify-fault.ts'
import { resolvers } from './verify-world.ts'

const firewall = (rule: string) => ({
  cause: `nft add table inet fault; nft add chain inet fault way '{ type filter hook input priority -10; }'; nft add rule inet fault way ${rule}`,
  mend: 'nft delete table inet fault',
})

/** A file that is edited, and what reads it then. */
const edited = (file: string, expression: string, reader: string) => ({
  cause: `cp -p ${file} /run/edited; sed -i '${expression}' ${file}; ${reader}`,
  mend: `cp -p /run/edited ${file}; ${reader}`,
})

const configuration = '/etc/chasquid/chasquid.conf'

/** What can be wrong with the ports of a host, with what they serve and say, and with its addresses. */
export const hostFaults: readonly FaultOf[] = [
  anywhere(() => ({
    id: 'port-closed',
    it: 'the mail server is not running',
    on: { cause: stopMail, mend: startMail },
    remedy: "on the host: ss -ltnp 'sport = :25'",
  })),
  anywhere(() => ({
    id: 'port-filtered',
    it: 'a firewall drops what comes to port 465',
    on: firewall('tcp dport 465 drop'),
    remedy: 'let TCP port 465 in: nft list ruleset on the host, and the firewall in the provider’s panel',
  })),
  anywhere(({ ipv6 }) => ({
    id: 'port-unreachable',
    it: 'a router says that nobody has the IPv6 address',
    on: firewall(`ip6 daddr ${ipv6} tcp dport '{ 25, 465, 587 }' reject with icmpv6 addr-unreachable`),
    remedy: `on the host: ip -6 address, ip -6 route; is ${ipv6} there?`,
  })),
  {
    only: 'mx1',
    at: () => ({
      id: 'port-open',
      it: 'the monitoring page listens to the world, and somebody has emptied the firewall',
      on: {
        cause: `cp -p ${configuration} /run/edited; echo 'monitoring_address: ":1099"' >>${configuration}; nft flush ruleset; ${restartMail}`,
        mend: `cp -p /run/edited ${configuration}; systemctl restart nftables; ${restartMail}`,
      },
      variables: { chasquid: { monitoring: '127.0.0.1:1099' } },
      remedy: '127.0.0.1',
    }),
  },
  anywhere(() => ({
    id: 'banner-wrong',
    it: 'something else answers on port 587',
    lax: { greeting: 'SSH-2.0-OpenSSH_9.2' },
    also: ['tls-missing'],
    remedy: "on the host: ss -ltnp 'sport = :587'",
  })),
  anywhere(() => ({
    id: 'tls-missing',
    it: 'port 25 offers no STARTTLS',
    lax: { plain: [25] },
    remedy: 'journalctl -u chasquid',
  })),
  anywhere(() => ({
    id: 'tls-old-accepted',
    it: 'a server that speaks TLS 1.0',
    lax: { old: true },
    isAdvice: true,
    remedy: 'set TLS 1.2 as the lowest version',
  })),
  anywhere(({ domain }) => ({
    id: 'certificate-expired',
    it: 'the certificate ended yesterday',
    certificate: { names: [domain, `*.${domain}`], days: [-91, -1] },
    remedy: 'on the host: systemctl start acme-renew, then journalctl -u acme-renew',
  })),
  anywhere(({ domain }) => ({
    id: 'certificate-expires-soon',
    it: 'the certificate ends in five days',
    certificate: { names: [domain, `*.${domain}`], days: [-85, 5] },
    isAdvice: true,
    remedy: 'on the host: systemctl start acme-renew, then journalctl -u acme-renew',
  })),
  anywhere(({ server }) => ({
    id: 'certificate-name-missing',
    it: 'the certificate is for the web server',
    certificate: { names: ['www.example.org'] },
    remedy: `issue a certificate for ${server}: acme_certificate with names: [${server}]`,
  })),
  anywhere(({ domain }) => ({
    id: 'certificate-chain-broken',
    it: 'the certificate is signed by itself',
    certificate: { names: [domain, `*.${domain}`], isUntrusted: true },
    remedy: 'let a public authority issue it',
  })),
  anywhere(({ domain }) => ({
    id: 'certificate-not-served',
    it: 'the certificate was renewed, but nobody told the server',
    certificate: { names: [domain, `*.${domain}`], isNotServed: true },
    remedy: 'systemctl restart chasquid',
  })),
  anywhere(() => ({
    id: 'open-relay',
    it: 'a server that takes everything for everybody',
    lax: { relays: true },
    remedy: 'let it take mail to its own domains only',
  })),
  anywhere(() => ({
    id: 'submission-open',
    it: 'a server that lets send who has not logged in',
    lax: { submits: true },
    remedy: 'let the port demand AUTH',
  })),
  anywhere(() => ({
    id: 'auth-in-clear',
    it: 'a server that takes passwords before TLS',
    lax: { clear: true },
    remedy: 'let the server offer AUTH only under TLS',
  })),
  anywhere(({ server }) => ({
    id: 'greeting-name-wrong',
    it: 'the server calls itself localhost',
    on: edited(configuration, 's/^hostname: .*/hostname: "localhost"/', restartMail),
    remedy: `hostname: "${server}" in /etc/chasquid/chasquid.conf, then systemctl restart chasquid`,
  })),
  anywhere(({ domain }) => ({
    id: 'postmaster-refused',
    it: 'the catch-all is gone, and nobody is postmaster',
    on: edited(`/etc/chasquid/domains/${domain}/aliases`, '/^\\*:/d', restartMail),
    isAdvice: true,
    remedy: `domains: { ${domain}: { aliases: { postmaster: ADDRESS } } } in the inventory`,
  })),
  anywhere(({ ipv4, server }) => ({
    id: 'ptr-missing',
    it: 'an address without a name',
    records: [[reverseName(ipv4), 'PTR', []]],
    remedy: `set the reverse DNS of ${ipv4} to ${server} in the provider’s panel`,
  })),
  anywhere(({ ipv6, server }) => ({
    id: 'ptr-different',
    it: 'the name that the provider gave',
    records: [[reverseName(ipv6), 'PTR', ['vps11.example.net.']]],
    remedy: `set the reverse DNS of ${ipv6} to ${server} in the provider’s panel`,
  })),
  anywhere(({ ipv4, server }) => ({
    id: 'ptr-several',
    it: 'a second name',
    records: [[reverseName(ipv4), 'PTR', [`${server}.`, 'vps11.example.net.']]],
    remedy: `leave only ${server} in the reverse DNS of ${ipv4}`,
  })),
  anywhere(({ server, ipv6 }) => ({
    id: 'forward-missing',
    it: 'no AAAA record',
    records: [[server, 'AAAA', []]],
    // Its record lets send who is at its addresses.
    also: ['spf-helo-refused'],
    remedy: `${server}. AAAA ${ipv6}`,
  })),
  anywhere(({ server, ipv4 }) => ({
    id: 'forward-different',
    it: 'the address of a host that is gone',
    records: [[server, 'A', ['198.51.100.77']]],
    also: ['mx-elsewhere', 'spf-helo-refused'],
    remedy: `${server}. A ${ipv4}`,
  })),
  anywhere(({ ipv4 }) => ({
    id: 'address-listed',
    it: 'an address on a blocklist',
    records: [[`${ipv4.split('.').toReversed().join('.')}.bl.alpha.test`, 'A', ['127.0.0.2']]],
    isAdvice: true,
    remedy: `ask bl.alpha.test why, and to remove ${ipv4}`,
  })),
  anywhere(({ domain }) => ({
    id: 'domain-listed',
    it: 'a domain on a blocklist',
    records: [[`${domain}.dbl.alpha.test`, 'A', ['127.0.1.2']]],
    isAdvice: true,
    remedy: `ask dbl.alpha.test why, and to remove ${domain}`,
  })),
  anywhere(({ server }) => ({
    id: 'tlsa-missing',
    it: 'the record is gone',
    records: [[`_25._tcp.${server}`, 'TLSA', []]],
    isAdvice: true,
    remedy: `_25._tcp.${server}. TLSA 3 1 1 `,
  })),
  anywhere(({ server }) => ({
    id: 'tlsa-different',
    it: 'the record of a key of last year',
    records: [[`_25._tcp.${server}`, 'TLSA', [`3 1 1 ${'0a'.repeat(32)}`]]],
    remedy: `_25._tcp.${server}. TLSA 3 1 1 `,
  })),
  {
    only: 'mx1',
    at: () => ({
      id: 'tlsa-unsigned',
      it: 'a resolver that has validated nothing',
      variables: { dns: { resolver: resolvers.plain } },
      isAdvice: true,
      remedy: 'Let the zone be signed',
    }),
  },
]
