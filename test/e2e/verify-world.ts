import { setPtr, updateDns } from '../../src/lab/dns.ts'
import type { Lab } from '../../src/lab/lab.ts'

/** A resolver that validates (unbound), and the one server of all zones, which does not. */
export const resolvers = { validating: '198.51.100.10#5300', plain: '198.51.100.10' }

const zones = ['alpha.test', 'beta.test', 'gamma.test']

// It remembers nothing, because records change in the same second.
const unbound = `server:
  directory: "/run/validator"
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  interface: 198.51.100.10@5300
  access-control: 0.0.0.0/0 allow
  cache-max-ttl: 0
  cache-max-negative-ttl: 0
  aggressive-nsec: no
  trust-anchor-file: anchors
  local-zone: "test." nodefault
  local-zone: "100.51.198.in-addr.arpa." nodefault
  local-zone: "8.b.d.0.1.0.0.2.ip6.arpa." nodefault
stub-zone:
  name: "test."
  stub-addr: 198.51.100.10
stub-zone:
  name: "100.51.198.in-addr.arpa."
  stub-addr: 198.51.100.10
stub-zone:
  name: "8.b.d.0.1.0.0.2.ip6.arpa."
  stub-addr: 198.51.100.10
remote-control:
  control-enable: no
`

// ns2.alpha.test: a server that has heard of gamma.test, and of none of its records.
const second = `server:
  rundir: /run/second
  listen: [ 198.51.100.10@5353 ]
database:
  storage: /run/second
template:
  - id: default
    storage: /run/second
    file: "%s.zone"
zone:
  - domain: gamma.test
`

const soa = 'SOA ns1.alpha.test. hostmaster.alpha.test. 1 3600 600 86400 1'

/** Signs the zones, and starts a resolver that validates and a name server that is behind. */
const setup = `
apt-get -qq update
apt-get -qq --yes --no-install-recommends -o Dpkg::Options::=--force-confnew install unbound >/dev/null
systemctl disable --quiet --now unbound
printf 'test. 10 ${soa}\\ntest. 10 NS ns1.alpha.test.\\n' >/var/lib/knot/test.zone
sed -i 's/^    semantic-checks: off/&\\n    dnssec-signing: on/' /etc/knot/knot.conf
printf '  - domain: test\\n    dnssec-signing: off\\n' >>/etc/knot/knot.conf
knotc -b reload >/dev/null
mkdir -p /run/validator /run/second
for zone in ${zones.join(' ')}; do
  until kdig @198.51.100.10 $zone DNSKEY +noall +answer | grep -w 257 >/run/validator/$zone; do sleep 0.05; done
done
cat ${zones.map((zone) => `/run/validator/${zone}`).join(' ')} >/run/validator/anchors
cat >/run/validator/unbound.conf <<'END'
${unbound}END
systemd-run --quiet --unit=validator unbound -c /run/validator/unbound.conf
cat >/run/second/knot.conf <<'END'
${second}END
printf 'gamma.test. 10 ${soa}\\ngamma.test. 10 NS ns1.alpha.test.\\n' >/run/second/gamma.test.zone
systemd-run --quiet --unit=second knotd --config /run/second/knot.conf
ip address add 198.51.100.53/24 dev eth0
nft add table ip second
nft add chain ip second way '{ type nat hook prerouting priority -100; }'
nft add rule ip second way ip daddr 198.51.100.53 meta l4proto '{ tcp, udp }' th dport 53 dnat to 198.51.100.10:5353
until kdig @198.51.100.10 -p 5300 alpha.test SOA | grep -q 'Flags:.* ad'; do sleep 0.05; done
until kdig @198.51.100.10 -p 5353 +short gamma.test NS | grep -q ns1; do sleep 0.05; done`

export async function prepareWorld(lab: Lab): Promise<void> {
  await lab.demand('ns1', ['sh', '-ec', setup])
  await updateDns(lab, 'alpha.test', ['add ns2.alpha.test. 10 A 198.51.100.53'])
  for (const [index, { ipv4, ipv6 }] of lab.hosts.entries()) {
    for (const address of [ipv4, ipv6]) await setPtr(lab, address, `smtp.${zones[index]}`)
  }
}
