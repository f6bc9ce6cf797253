import type { JsonObject } from '../../src/core/json.ts'

/** One way to make the records of alpha.test wrong, and back. */
export interface Cause {
  /** The kind that is found then, and no other. */
  readonly id: string
  readonly it: string
  /** Records to change in the zone, as nsupdate has them. */
  readonly cause?: readonly string[]
  readonly mend?: readonly string[]
  /** What the variable `dns` says besides. */
  readonly dns?: JsonObject
  readonly remedy: RegExp
  /** It is advice: the run ends well. */
  readonly isAdvice?: true
}

/** Another name server of the lab, with a zone of its own, and a port where nobody answers. */
export const second = { server: '198.51.100.10#5300', nobody: '198.51.100.10#5301' }

// A second server beside the first one, whose alpha.test has no record but SOA and NS; it knows all of test.
const configuration = `server:
  rundir: /run/second
  listen: [ 198.51.100.10@5300 ]
database:
  storage: /run/second
template:
  - id: default
    storage: /run/second
    file: "%s.zone"
zone:
  - domain: alpha.test
  - domain: test
`

/** Shell text for the lab's name server. */
export const startSecond = `mkdir -p /run/second
cat >/run/second/knot.conf <<'END'
${configuration}END
for zone in alpha.test test; do
  printf '%s. 10 SOA ns1.alpha.test. hostmaster.alpha.test. 1 3600 600 86400 1\\n%s. 10 NS ns1.alpha.test.\\n' $zone $zone >/run/second/$zone.zone
done
systemd-run --quiet --unit=second knotd --config /run/second/knot.conf
until kdig @198.51.100.10 -p 5300 +short alpha.test NS 2>/dev/null | grep -q ns1; do sleep 0.05; done`

const address = 'smtp2.alpha.test. 300 A 198.51.100.12'
const spf = 'alpha.test. 300 TXT'

export const causes: readonly Cause[] = [
  {
    id: 'record-missing',
    it: 'the IPv6 address of a host is not in DNS',
    cause: ['delete smtp2.alpha.test. AAAA'],
    mend: ['add smtp2.alpha.test. 300 AAAA 2001:db8:64::12'],
    remedy: /^smtp2\.alpha\.test AAAA 2001:db8:64::12$/,
  },
  {
    id: 'record-different',
    it: 'a host has the address of another one',
    cause: ['delete smtp2.alpha.test. A', 'add smtp2.alpha.test. 300 A 198.51.100.99'],
    mend: ['delete smtp2.alpha.test. A', `add ${address}`],
    remedy: /^smtp2\.alpha\.test A 198\.51\.100\.12$/,
  },
  {
    id: 'spf-second',
    it: 'somebody added an SPF record for a newsletter',
    cause: [`add ${spf} "v=spf1 include:news.beta.test -all"`],
    mend: [`delete ${spf} "v=spf1 include:news.beta.test -all"`],
    remedy:
      /^alpha\.test TXT v=spf1 (?=.*include:news\.beta\.test)(?=.*ip4:198\.51\.100\.11 )(?=.*ip4:198\.51\.100\.12 ).* ~all$/,
  },
  {
    id: 'mx-of-others',
    it: 'another server receives the mail, too',
    cause: ['add alpha.test. 300 MX 5 mx.beta.test.'],
    mend: ['delete alpha.test. MX 5 mx.beta.test.'],
    remedy: /receives: false/,
    isAdvice: true,
  },
  {
    id: 'cname-in-the-way',
    it: 'the name of a host is an alias',
    cause: [
      ...['A', 'AAAA', 'TXT'].map((type) => `delete smtp2.alpha.test. ${type}`),
      'add smtp2.alpha.test. 300 CNAME ns1.alpha.test.',
    ],
    mend: [
      'delete smtp2.alpha.test. CNAME',
      `add ${address}`,
      'add smtp2.alpha.test. 300 AAAA 2001:db8:64::12',
      'add smtp2.alpha.test. 300 TXT "v=spf1 a -all"',
    ],
    remedy: /^smtp2\.alpha\.test A 198\.51\.100\.12$/,
  },
  {
    id: 'servers-disagree',
    it: 'a second server has not fetched the zone',
    dns: { servers: ['198.51.100.10', second.server] },
    remedy: /\.alpha\.test /,
    isAdvice: true,
  },
  {
    id: 'server-lame',
    it: 'nobody answers at a server of the zone',
    dns: { servers: ['198.51.100.10', second.nobody] },
    remedy: /Repair the server/,
    isAdvice: true,
  },
]
