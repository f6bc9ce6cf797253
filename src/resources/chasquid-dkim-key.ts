import { createPublicKey } from 'node:crypto'
import { z } from 'zod'
import { type Change, change, impossible, notReady, type Plan, resource } from '../core/resource.ts'
import { type Script, sh } from '../core/shell.ts'
import { lacks, parseChasquidVersion } from '../mail/chasquid-version.ts'
import { formatDkimRecord } from '../mail/dkim.ts'
import { domain, domainDirectory, domainMissing, GROUP, NOT_INSTALLED, readVersion } from './chasquid-host.ts'

const params = z.strictObject({
  domain: domain().describe('The domain, which must be there already.'),
  selector: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'must be a label in lower case, such as mail or 2026a')
    .describe('Selector: the name under which the record is published, SELECTOR._domainkey.DOMAIN.'),
  bits: z
    .union([z.literal(2048), z.literal(3072), z.literal(4096)], { error: 'must be 2048, 3072 or 4096' })
    .describe('Length of a new RSA key. All receivers read 2048.')
    .default(2048),
  state: z
    .enum(['present', 'absent'])
    .describe('`absent` removes the key: chasquid signs with every key it finds.')
    .default('present'),
})

type Wanted = z.output<typeof params>

export const chasquidDkimKey = resource({
  name: 'chasquid_dkim_key',
  summary: 'A key with which chasquid signs the mail of a domain (DKIM, RFC 6376).',
  description: `The private key is made on the host and never leaves it. chasquid finds a new key when it starts: publish the record first, then restart.
\`register\` keeps \`domain\`, \`name\`, \`record\` (the TXT value), \`public_key\` and \`selector\`.`,
  examples: `
- chasquid_dkim_key: { domain: example.org, selector: mail }
  register: dkim
- debug: { message: "publish {{ dkim.name }} TXT {{ dkim.record }}" }
`,
  params,

  read: (wanted) => ({
    key: readKey(wanted),
    version: wanted.state === 'present' ? readVersion : sh``,
  }),

  plan(wanted, now): Plan {
    const { domain, bits, selector, state } = wanted
    const path = keyFile(wanted)
    const [attributes = '', ...rest] = now.key.split('\n')
    const exists = /^\d/.test(attributes)
    if (state === 'absent') return exists ? change(path, 'key', 'absent', sh`rm -f -- ${path}`) : []
    const version = parseChasquidVersion(now.version)
    if (!version) return notReady(NOT_INSTALLED)
    const lacking = lacks(version, 'dkim')
    if (lacking) return notReady(lacking)
    if (attributes === 'no directory') return notReady(domainMissing(domain))
    if (!exists) return change(path, 'absent', `RSA key of ${bits} bits`, makeKey(wanted))
    const found = modulusLength(rest.join(''))
    if (found === undefined) return impossible(`${path} holds no RSA key`, 'move it away, or use another selector')
    if (found < bits) {
      return impossible(
        `${path} has ${found} bits, wanted ${bits}`,
        `keep ${selector} until its record is gone from DNS, and make a key with a new selector`,
      )
    }
    return planAttributes(path, attributes)
  },

  result: ({ domain, selector }, now) => {
    const publicKey = now.key.split('\n').slice(1).join('')
    return {
      domain,
      name: `${selector}._domainkey.${domain}`,
      selector,
      public_key: publicKey,
      record: formatDkimRecord(publicKey),
    }
  },
})

function planAttributes(path: string, attributes: string): readonly Change[] {
  const [mode, owner] = attributes.split(' ')
  return change(
    path,
    `${owner} 0${mode}`,
    `root:${GROUP} 0640`,
    sh`chown ${`root:${GROUP}`} ${path} && chmod 0640 ${path}`,
  )
}

// The private half is read by openssl on the host only; what travels is the public half.
function readKey(wanted: Wanted): Script {
  const path = keyFile(wanted)
  return sh`if [ -f ${path} ]; then
  stat -c '%a %U:%G' ${path} && openssl pkey -in ${path} -pubout -outform DER 2>/dev/null | base64
elif [ -d ${domainDirectory(wanted.domain)} ]; then
  echo absent
else
  echo no directory
fi`
}

// genpkey writes PKCS #8, the only form that chasquid reads. The key is never readable by others, not even for a moment.
function makeKey(wanted: Wanted): Script {
  const path = keyFile(wanted)
  return sh`(
umask 077
temporary=$(mktemp ${`${domainDirectory(wanted.domain)}/.provision.XXXXXXXX`}) || exit
trap 'rm -f -- "$temporary"' EXIT
openssl genpkey -quiet -algorithm RSA -pkeyopt ${`rsa_keygen_bits:${wanted.bits}`} -out "$temporary" &&
chown ${`root:${GROUP}`} "$temporary" && chmod 0640 "$temporary" && mv -fT -- "$temporary" ${path}
)`
}

function modulusLength(publicKey: string): number | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })
    return key.asymmetricKeyType === 'rsa' ? key.asymmetricKeyDetails?.modulusLength : undefined
  } catch {
    // What openssl printed is no key: the caller says so, with the file's name.
    return undefined
  }
}

function keyFile({ domain, selector }: Wanted): string {
  return `${domainDirectory(domain)}/dkim:${selector}.pem`
}
