import { anywhere, type Fault, type FaultOf, type Site } from './verify-fault.ts'

const mxLine = ({ domain, server }: Site) => `${domain}. MX 10 ${server}.`
const policyFile = ({ domain }: Site) => `/etc/nginx/conf.d/mta-sts.${domain}.conf`
const policy = (site: Site, expression: string) => ({
  cause: `cp -p ${policyFile(site)} /run/policy; sed -i '${expression}' ${policyFile(site)}; systemctl restart nginx`,
  mend: `cp -p /run/policy ${policyFile(site)}; systemctl restart nginx`,
})
/** gamma.test is on the list of mx1. */
const onMx1 = (fault: Fault): FaultOf => ({ only: 'mx1', at: () => fault })
const serversOf = ['ns1.alpha.test.', 'ns2.alpha.test.']

/** What can be wrong with the way to a domain, and with its zone. */
export const domainFaults: readonly FaultOf[] = [
  anywhere((site) => ({
    id: 'mx-missing',
    it: 'no mail comes here',
    records: [[site.domain, 'MX', []]],
    also: ['mta-sts-mx-different'],
    remedy: mxLine(site),
  })),
  anywhere((site) => ({
    id: 'mx-null',
    it: 'the domain says that it receives nothing',
    records: [[site.domain, 'MX', ['0 .']]],
    also: ['mta-sts-mx-different'],
    remedy: mxLine(site),
  })),
  anywhere(({ domain }) => ({
    id: 'mx-elsewhere',
    it: 'the server of an old provider is still there',
    records: [[domain, 'MX', (present) => [...present, '20 ns1.alpha.test.']]],
    also: ['mta-sts-mx-different'],
    isAdvice: true,
    remedy: `remove ${domain}. MX 20 ns1.alpha.test.`,
  })),
  anywhere((site) => ({
    id: 'mx-alias',
    it: 'a name that leads to the server',
    records: [
      [`mx.${site.domain}`, 'CNAME', [`${site.server}.`]],
      [site.domain, 'MX', (present) => [...present, `20 mx.${site.domain}.`]],
    ],
    also: ['mta-sts-mx-different'],
    remedy: mxLine(site),
  })),
  anywhere(({ domain }) => ({
    id: 'caa-missing',
    it: 'every CA may issue',
    records: [[domain, 'CAA', []]],
    isAdvice: true,
    remedy: `${domain}. CAA 0 issue "pebble.test; accounturi=https://`,
  })),
  anywhere(({ domain }) => ({
    id: 'caa-refuses',
    it: 'only the CA of the web site may issue',
    records: [[domain, 'CAA', ['0 issue "letsencrypt.org"']]],
    remedy: `${domain}. CAA 0 issue "pebble.test; accounturi=https://`,
  })),
  anywhere(({ domain }) => ({
    id: 'caa-syntax',
    it: 'a URL in place of the name of the CA',
    records: [[domain, 'CAA', (present) => [...present, '0 issue "https://letsencrypt.org"']]],
    isAdvice: true,
    remedy: `correct or remove it at ${domain}`,
  })),
  anywhere(({ domain }) => ({
    id: 'tls-rpt-missing',
    it: 'nobody reports',
    records: [[`_smtp._tls.${domain}`, 'TXT', []]],
    isAdvice: true,
    remedy: `_smtp._tls.${domain}. TXT "v=TLSRPTv1; rua=mailto:tls@${domain}"`,
  })),
  anywhere(({ domain }) => ({
    id: 'tls-rpt-wrong',
    it: 'an address that is no URI',
    records: [[`_smtp._tls.${domain}`, 'TXT', [`"v=TLSRPTv1; rua=tls@${domain}"`]]],
    isAdvice: true,
    remedy: `_smtp._tls.${domain}. TXT "v=TLSRPTv1; rua=mailto:tls@${domain}"`,
  })),
  anywhere(({ domain }) => ({
    id: 'mta-sts-missing',
    it: 'neither record nor web server',
    records: [
      [`_mta-sts.${domain}`, 'TXT', []],
      [`mta-sts.${domain}`, 'A', []],
      [`mta-sts.${domain}`, 'AAAA', []],
    ],
    isAdvice: true,
    remedy: `serve https://mta-sts.${domain}/.well-known/mta-sts.txt`,
  })),
  anywhere(({ domain }) => ({
    id: 'mta-sts-record-wrong',
    it: 'an id with a hyphen',
    records: [[`_mta-sts.${domain}`, 'TXT', ['"v=STSv1; id=2026-11-22"']]],
    isAdvice: true,
    remedy: `_mta-sts.${domain}. TXT "v=STSv1; id=1"`,
  })),
  anywhere(({ domain }) => ({
    id: 'mta-sts-policy-unreachable',
    it: 'the web server is not running',
    on: { cause: 'systemctl stop nginx', mend: 'systemctl start nginx' },
    isAdvice: true,
    remedy: `curl -i https://mta-sts.${domain}/.well-known/mta-sts.txt`,
  })),
  anywhere((site) => ({
    id: 'mta-sts-policy-wrong',
    it: 'it is forgotten within an hour',
    on: policy(site, 's/max_age: [0-9]*/max_age: 3600/'),
    isAdvice: true,
    remedy: 'correct mta-sts.txt',
  })),
  anywhere((site) => ({
    id: 'mta-sts-mx-different',
    it: 'the policy names the server of an old provider',
    on: policy(site, 's/mx: [a-z.]*/mx: mx.example.net/'),
    isAdvice: true,
    remedy: `in mta-sts.txt: mx: ${site.server}`,
  })),
  anywhere(({ domain, server }) => ({
    id: 'dns-missing',
    it: 'mail programs find no port 587',
    records: [[`_submission._tcp.${domain}`, 'SRV', []]],
    isAdvice: true,
    remedy: `_submission._tcp.${domain}. SRV 0 1 587 ${server}.`,
  })),
  anywhere(({ domain, server }) => ({
    id: 'dns-different',
    it: 'mail programs are led to an old server',
    records: [[`_submissions._tcp.${domain}`, 'SRV', ['0 1 465 mail.example.net.']]],
    isAdvice: true,
    remedy: `_submissions._tcp.${domain}. SRV 0 1 465 ${server}.`,
  })),
  anywhere(({ domain }) => ({
    id: 'server-lame',
    it: 'a name server that knows nothing of the domain',
    records: [[domain, 'NS', serversOf]],
    isAdvice: true,
    remedy: 'Repair the server, or take it out of the NS records',
  })),
]

/** What can be wrong with a domain that neither sends nor receives. */
export const parkedFaults: readonly FaultOf[] = [
  onMx1({
    id: 'record-missing',
    it: 'nothing is said about forged mail',
    records: [['_dmarc.gamma.test', 'TXT', []]],
    isAdvice: true,
    remedy: '_dmarc.gamma.test TXT v=DMARC1; p=reject',
  }),
  onMx1({
    id: 'record-different',
    it: 'forged mail is let through',
    records: [['_dmarc.gamma.test', 'TXT', ['"v=DMARC1; p=none"']]],
    isAdvice: true,
    remedy: '_dmarc.gamma.test TXT v=DMARC1; p=reject',
  }),
  onMx1({
    id: 'mx-of-others',
    it: 'others receive mail',
    records: [['gamma.test', 'MX', ['10 ns1.alpha.test.']]],
    isAdvice: true,
    remedy: 'receives: false',
  }),
  onMx1({
    id: 'cname-in-the-way',
    it: 'the policy is that of a domain which has none',
    records: [
      ['_dmarc.gamma.test', 'TXT', []],
      ['_dmarc.gamma.test', 'CNAME', ['_dmarc.none.gamma.test.']],
    ],
    isAdvice: true,
    remedy: '_dmarc.gamma.test TXT v=DMARC1; p=reject',
  }),
  onMx1({
    id: 'servers-disagree',
    it: 'a name server that is behind',
    records: [['gamma.test', 'NS', serversOf]],
    isAdvice: true,
    remedy: 'gamma.test MX 0 .',
  }),
  onMx1({
    id: 'zone-not-delegated',
    it: 'a domain that nobody registered',
    variables: { parked: ['gamma.test', 'delta.test'] },
    remedy: 'Register the domain',
  }),
]
