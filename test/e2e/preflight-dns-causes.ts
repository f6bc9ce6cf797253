import type { Cause } from './preflight-causes.ts'

const alpha = (cause: readonly string[], mend: readonly string[]) => ({ zone: 'alpha.test', cause, mend })
const reverse = (cause: readonly string[]) => ({
  zone: '100.51.198.in-addr.arpa',
  cause,
  mend: ['delete 11.100.51.198.in-addr.arpa. PTR', 'add 11.100.51.198.in-addr.arpa. 10 PTR smtp.alpha.test.'],
})

/** What can be wrong in DNS and in what others know of an address or a domain. */
export const dnsCauses: readonly Cause[] = [
  {
    id: 'ptr-missing',
    it: 'an address without a name',
    dns: reverse(['delete 11.100.51.198.in-addr.arpa. PTR']),
    remedy: /^set the reverse DNS of 198\.51\.100\.11 to smtp\.alpha\.test /,
    isAdvice: true,
  },
  {
    id: 'ptr-different',
    it: 'the name that the provider gave',
    dns: reverse([
      'delete 11.100.51.198.in-addr.arpa. PTR',
      'add 11.100.51.198.in-addr.arpa. 10 PTR vps11.example.net.',
    ]),
    remedy: /^set the reverse DNS of 198\.51\.100\.11 to smtp\.alpha\.test /,
    isAdvice: true,
  },
  {
    id: 'ptr-several',
    it: 'a second name',
    dns: reverse(['add 11.100.51.198.in-addr.arpa. 10 PTR vps11.example.net.']),
    remedy: /^leave only smtp\.alpha\.test in the reverse DNS of 198\.51\.100\.11/,
    isAdvice: true,
  },
  {
    id: 'forward-missing',
    it: 'no AAAA record',
    dns: alpha(['delete smtp.alpha.test. AAAA'], ['add smtp.alpha.test. 10 AAAA 2001:db8:64::11']),
    remedy: /^smtp\.alpha\.test\. AAAA 2001:db8:64::11$/,
    isAdvice: true,
  },
  {
    id: 'forward-different',
    it: 'the address of another host',
    dns: alpha(
      ['delete smtp.alpha.test. A', 'add smtp.alpha.test. 10 A 198.51.100.77'],
      ['delete smtp.alpha.test. A', 'add smtp.alpha.test. 10 A 198.51.100.11'],
    ),
    remedy: /^smtp\.alpha\.test\. A 198\.51\.100\.11$/,
    isAdvice: true,
  },
  {
    id: 'address-private',
    it: 'an address behind NAT',
    variables: { ipv4: '10.0.0.11' },
    remedy: /ipv4: ADDRESS/,
    isAdvice: true,
  },
  {
    id: 'address-listed',
    it: 'an address on a blocklist',
    dns: alpha(['add 11.100.51.198.bl.alpha.test. 10 A 127.0.0.2'], ['delete 11.100.51.198.bl.alpha.test. A']),
    remedy: /^ask bl\.alpha\.test why/,
    isAdvice: true,
  },
  {
    id: 'domain-listed',
    it: 'a domain on a blocklist',
    dns: alpha(['add alpha.test.dbl.alpha.test. 10 A 127.0.1.2'], ['delete alpha.test.dbl.alpha.test. A']),
    remedy: /^ask dbl\.alpha\.test why/,
    isAdvice: true,
  },
  {
    id: 'zone-missing',
    it: 'a domain that nobody registered',
    // A registry that knows nobody.
    on: {
      host: 'ns1',
      cause: `printf '@ 10 SOA . . 1 3600 600 86400 1\\n@ 10 NS ns1.alpha.test.\\n' >/var/lib/knot/test.zone
chown knot: /var/lib/knot/test.zone; printf '  - domain: test\\n' >>/etc/knot/knot.conf; knotc -b reload`,
      mend: "sed -i '/domain: test$/d' /etc/knot/knot.conf; knotc -b reload",
    },
    variables: { domains: { 'gone.test': {} } },
    remedy: /^register gone\.test/,
    isAdvice: true,
  },
  {
    id: 'nameserver-lame',
    it: 'a name server that knows nothing',
    dns: alpha(
      ['add ns2.alpha.test. 10 A 198.51.100.12', 'add alpha.test. 10 NS ns2.alpha.test.'],
      ['delete ns2.alpha.test. A', 'delete alpha.test. NS ns2.alpha.test.'],
    ),
    remedy: /^let it serve alpha\.test/,
    isAdvice: true,
  },
  {
    id: 'alias-forbidden',
    it: 'a CNAME in the place of addresses',
    dns: alpha(
      [
        'delete smtp.alpha.test.',
        'add smtp.alpha.test. 10 CNAME host.alpha.test.',
        'add host.alpha.test. 10 A 198.51.100.11',
        'add host.alpha.test. 10 AAAA 2001:db8:64::11',
      ],
      [
        'delete smtp.alpha.test. CNAME',
        'delete host.alpha.test.',
        'add smtp.alpha.test. 10 A 198.51.100.11',
        'add smtp.alpha.test. 10 AAAA 2001:db8:64::11',
      ],
    ),
    remedy: /^delete smtp\.alpha\.test\. CNAME host\.alpha\.test\.$/,
    isAdvice: true,
  },
  {
    id: 'mx-foreign',
    it: 'another server that receives the mail',
    dns: alpha(['add alpha.test. 10 MX 10 mail.example.net.'], ['delete alpha.test. MX']),
    remedy: /alpha\.test\. MX 10 smtp\.alpha\.test\.$/,
    isAdvice: true,
  },
  {
    id: 'spf-foreign',
    it: 'an SPF record of another provider',
    dns: alpha(['add alpha.test. 10 TXT "v=spf1 ip4:192.0.2.1 -all"'], ['delete alpha.test. TXT']),
    remedy: /^add ip4:198\.51\.100\.11 ip6:2001:db8:64::11 to the record of alpha\.test/,
    isAdvice: true,
  },
  {
    id: 'domain-new',
    it: 'a domain that was registered yesterday',
    on: {
      host: 'ns1',
      cause:
        'mv /srv/rdap/domain/alpha.test /srv/rdap/old; sed "s/20[0-9-]*T/$(date -ud yesterday +%FT)/" /srv/rdap/old >/srv/rdap/domain/alpha.test',
      mend: 'mv /srv/rdap/old /srv/rdap/domain/alpha.test',
    },
    remedy: /^send little at first/,
    isAdvice: true,
  },
]
