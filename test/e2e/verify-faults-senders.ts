import { generateKeyPairSync } from 'node:crypto'
import { formatDkimRecord } from '../../src/mail/dkim-record.ts'
import { formatTxt } from '../../src/mail/txt.ts'
import { anywhere, type FaultOf, type Site } from './verify-fault.ts'

/** Somebody else's key, and one that is too short. */
const [strange, short] = [2048, 1024].map((bits) => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  return {
    record: formatTxt(formatDkimRecord(publicKey.export({ type: 'spki', format: 'der' }).toString('base64'))),
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
})

const own = ({ ipv4, ipv6 }: Site) => `ip4:${ipv4} ip6:${ipv6}`
const wholeSpf = (site: Site) => `v=spf1 mx ${own(site)} ~all`
const dkimName = ({ domain }: Site) => `mail._domainkey.${domain}`
const dmarcRecord = ({ domain }: Site) => `v=DMARC1; p=quarantine; rua=mailto:dmarc@${domain}`
const dmarcLine = (site: Site) => `_dmarc.${site.domain}. TXT "${dmarcRecord(site)}"`

/** An SPF record in place of the right one. */
const spf = (
  id: string,
  it: string,
  record: (site: Site) => string,
  remedy: (site: Site) => string,
  isAdvice?: true,
): FaultOf =>
  anywhere((site) => ({
    id,
    it,
    records: [[site.domain, 'TXT', [formatTxt(record(site))]]],
    remedy: remedy(site),
    ...(isAdvice && { isAdvice }),
  }))

/** A DMARC record in place of the right one. */
const dmarc = (
  id: string,
  it: string,
  record: (site: Site) => string,
  remedy: (site: Site) => string,
  also: readonly string[] = [],
): FaultOf =>
  anywhere((site) => ({
    id,
    it,
    records: [[`_dmarc.${site.domain}`, 'TXT', [formatTxt(record(site))]]],
    also,
    remedy: remedy(site),
    ...(id === 'dmarc-syntax' ? {} : { isAdvice: true }),
  }))

/** What can be wrong with SPF, DKIM and DMARC. */
export const senderFaults: readonly FaultOf[] = [
  anywhere((site) => ({
    id: 'spf-missing',
    it: 'nobody is said to send',
    records: [[site.domain, 'TXT', []]],
    remedy: `${site.domain}. TXT "${wholeSpf(site)}"`,
  })),
  anywhere((site) => ({
    id: 'spf-several',
    it: 'somebody added a record for a newsletter',
    records: [[site.domain, 'TXT', (present) => [...present, '"v=spf1 ip4:203.0.113.5 -all"']]],
    remedy: 'ip4:203.0.113.5',
  })),
  spf(
    'spf-syntax',
    'a slip of the pen',
    ({ ipv4, ipv6 }) => `v=spf1 ipv4:${ipv4} ip6:${ipv6} ~all`,
    (site) => `ip4:${site.ipv4} ~all"`,
  ),
  spf(
    'spf-address-refused',
    'IPv6 was forgotten',
    ({ ipv4 }) => `v=spf1 ip4:${ipv4} -all`,
    ({ domain, ipv4, ipv6 }) => `${domain}. TXT "v=spf1 ip4:${ipv4} mx ip6:${ipv6} ~all"`,
  ),
  spf(
    'spf-too-many-lookups',
    'eleven look-ups',
    (site) => `v=spf1 ${own(site)} ${`a:${site.server} `.repeat(11)}~all`,
    (site) => `write ${own(site)} for the own servers`,
  ),
  spf(
    'spf-too-many-voids',
    'three names that do not exist',
    (site) => `v=spf1 ${own(site)} ${[1, 2, 3].map((n) => `a:old${n}.${site.domain}`).join(' ')} ~all`,
    ({ domain }) => `take out of the SPF record of ${domain} what leads to names that do not exist`,
    true,
  ),
  spf(
    'spf-open',
    'everybody may send',
    () => 'v=spf1 mx +all',
    (site) => `${site.domain}. TXT "v=spf1 mx ${own(site)} ~all"`,
  ),
  spf(
    'spf-flawed',
    'a mechanism that nobody should use',
    (site) => `v=spf1 ${own(site)} ptr ~all`,
    () => 'Take out the term that is named',
    true,
  ),
  anywhere(({ server }) => ({
    id: 'spf-helo-missing',
    it: 'nothing is said of the name of the server',
    records: [[server, 'TXT', []]],
    isAdvice: true,
    remedy: `${server}. TXT "v=spf1 a -all"`,
  })),
  anywhere(({ server }) => ({
    id: 'spf-helo-refused',
    it: 'the name of the server is said to send nothing',
    records: [[server, 'TXT', ['"v=spf1 -all"']]],
    remedy: `${server}. TXT "v=spf1 a -all"`,
  })),
  anywhere((site) => ({
    id: 'dkim-missing',
    it: 'the key is not in DNS',
    records: [[dkimName(site), 'TXT', []]],
    remedy: `${dkimName(site)}. TXT "v=DKIM1; k=rsa; p=`,
  })),
  anywhere((site) => ({
    id: 'dkim-several',
    it: 'the key of another server beside it',
    records: [[dkimName(site), 'TXT', (present) => [...present, strange!.record]]],
    remedy: `${dkimName(site)}. TXT "v=DKIM1; k=rsa; p=`,
  })),
  anywhere((site) => ({
    id: 'dkim-syntax',
    it: 'a panel that takes no more than 255 bytes',
    records: [[dkimName(site), 'TXT', ([present = '']) => [`${present.split('" "')[0]}"`]]],
    remedy: `${dkimName(site)}. TXT "v=DKIM1; k=rsa; p=`,
  })),
  anywhere((site) => ({
    id: 'dkim-different',
    it: 'the key of another server',
    records: [[dkimName(site), 'TXT', [strange!.record]]],
    remedy: `${dkimName(site)}. TXT "v=DKIM1; k=rsa; p=`,
  })),
  anywhere((site) => {
    const file = `/etc/chasquid/domains/${site.domain}/dkim:mail.pem`
    return {
      id: 'dkim-short',
      it: 'a key of 1024 bits',
      on: { cause: `cp -p ${file} /run/key; cat >${file} <<'END'\n${short!.pem}END`, mend: `cp -p /run/key ${file}` },
      records: [[dkimName(site), 'TXT', [short!.record]]],
      isAdvice: true,
      remedy: 'dkim: { selector: NEW, bits: 2048 }',
    }
  }),
  anywhere((site) => ({
    id: 'dkim-testing',
    it: 'DKIM was tested once',
    records: [[dkimName(site), 'TXT', ([present = '']) => [present.replace('k=rsa;', 'k=rsa; t=y;')]]],
    isAdvice: true,
    remedy: `${dkimName(site)}. TXT "v=DKIM1; k=rsa; p=`,
  })),
  anywhere((site) => ({
    id: 'dmarc-missing',
    it: 'no policy',
    records: [[`_dmarc.${site.domain}`, 'TXT', []]],
    remedy: dmarcLine(site),
  })),
  anywhere((site) => ({
    id: 'dmarc-several',
    it: 'two policies',
    records: [[`_dmarc.${site.domain}`, 'TXT', (present) => [...present, '"v=DMARC1; p=reject"']]],
    remedy: dmarcLine(site),
  })),
  dmarc('dmarc-syntax', 'a policy that there is not', () => 'v=DMARC1; p=quarantin', dmarcLine),
  dmarc(
    'dmarc-different',
    'a stricter policy than the inventory says',
    ({ domain }) => `v=DMARC1; p=reject; rua=mailto:dmarc@${domain}`,
    dmarcLine,
  ),
  dmarc(
    'dmarc-monitoring',
    'a policy that does nothing',
    ({ domain }) => `v=DMARC1; p=none; rua=mailto:dmarc@${domain}`,
    ({ domain }) => `domains: { ${domain}: { dmarc: { policy: quarantine } } }`,
    ['dmarc-different'],
  ),
  dmarc(
    'dmarc-reports-missing',
    'nobody is told',
    () => 'v=DMARC1; p=quarantine',
    ({ domain }) => `domains: { ${domain}: { dmarc: { rua: dmarc@${domain} } } }`,
    ['dmarc-different'],
  ),
  dmarc(
    'dmarc-reports-refused',
    'reports to a domain that wants none',
    () => 'v=DMARC1; p=quarantine; rua=mailto:x@gamma.test',
    ({ domain }) => `${domain}._report._dmarc.gamma.test. TXT "v=DMARC1"`,
    ['dmarc-different'],
  ),
]
