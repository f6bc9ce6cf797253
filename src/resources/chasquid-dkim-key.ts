import { createPrivateKey, createPublicKey } from 'node:crypto'
import * as z from 'zod'
import { type Change, change, impossible, notReady, type Plan, resource } from '../core/resource.ts'
import { Secret } from '../core/secret.ts'
import { type Script, sh } from '../core/shell.ts'
import { lacks, parseChasquidVersion } from '../mail/chasquid-version.ts'
import { formatDkimRecord } from '../mail/dkim-record.ts'
import { dkimSelector } from '../mail/domain-variables.ts'
import { domain, domainDirectory, domainMissing, GROUP, NOT_INSTALLED, readVersion } from './chasquid-host.ts'

/** A key as PKCS #8, the only form that chasquid reads. What is wrong with one is said without quoting it. */
export const privateKey = z.string().transform((text, context) => {
  try {
    const key = createPrivateKey(text)
    if (key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048) {
      return new Secret(key.export({ type: 'pkcs8', format: 'pem' }).toString())
    }
    context.addIssue({ code: 'custom', message: 'must be an RSA key of 2048 bits or more' })
  } catch {
    context.addIssue({ code: 'custom', message: 'must be a private key in PEM, without a passphrase' })
  }
  return z.NEVER
})

/** The public half of such a key, in base64 (SubjectPublicKeyInfo): two keys are the same when these are. */
export function publicHalf(key: Secret): string {
  return createPublicKey(key.reveal()).export({ type: 'spki', format: 'der' }).toString('base64')
}

const params = () =>
  z.strictObject({
    domain: domain().describe('The domain, which must be there already.'),
    selector: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'must be a label in lower case, such as mail or 2026a')
      .describe('Selector: the name under which the record is published, SELECTOR._domainkey.DOMAIN.'),
    host: z
      .string()
      .min(1)
      .describe(
        'Inventory name of the host, where several hosts sign with a key of their own: the selector is SELECTOR-HOST.',
      )
      .optional(),
    per_host: z.boolean().describe('Whether the name of the host goes into the selector.').default(true),
    private_key: privateKey
      .describe('The key (PEM), in place of one that the host makes: for several hosts that share one. Never shown.')
      .optional(),
    bits: z
      .union([z.literal(2048), z.literal(3072), z.literal(4096)], { error: 'must be 2048, 3072 or 4096' })
      .describe('Length of a new RSA key. All receivers read 2048.')
      .default(2048),
    only: z
      .boolean()
      .describe('Make no key beside another one of the domain: it would sign before its record is in DNS.')
      .default(false),
    state: z
      .enum(['present', 'absent'])
      .describe('`absent` removes the key: chasquid signs with every key it finds.')
      .default('present'),
  })

type Wanted = z.output<ReturnType<typeof params>>

export const chasquidDkimKey = resource({
  name: 'chasquid_dkim_key',
  summary: 'A key with which chasquid signs the mail of a domain (DKIM, RFC 6376).',
  description: `The private key is made on the host and never leaves it, unless \`private_key\` gives one. chasquid finds a new key when it starts: publish the record first, then restart.
\`register\` keeps \`domain\`, \`name\`, \`record\` (the TXT value), \`public_key\` and \`selector\`.`,
  examples: `
- chasquid_dkim_key: { domain: example.org, selector: mail }
  register: dkim
- chasquid_dkim_key: { domain: example.net, selector: mail, host: "{{ inventory_hostname }}" }
- debug: { message: "publish {{ dkim.name }} TXT {{ dkim.record }}" }
`,
  params,

  read: (wanted) => ({
    key: readKey(wanted),
    others: wanted.only ? readOthers(wanted) : sh``,
    version: wanted.state === 'present' ? readVersion : sh``,
  }),

  plan(wanted, now): Plan {
    const { domain, bits, state, private_key: given } = wanted
    const selector = selectorOf(wanted)
    const path = keyFile(wanted)
    const [attributes = '', ...rest] = now.key.split('\n')
    const exists = /^\d/.test(attributes)
    if (state === 'absent') return exists ? change(path, 'key', 'absent', sh`remove_file ${path}`) : []
    const version = parseChasquidVersion(now.version)
    if (!version) return notReady(NOT_INSTALLED)
    const lacking = lacks(version, 'dkim')
    if (lacking) return notReady(lacking)
    if (attributes === 'no directory') return notReady(domainMissing(domain))
    const others = now.others.split('\n').filter(Boolean)
    if (others.length > 0 && !exists) {
      return impossible(
        `${domain} signs with ${others.map((other) => `"${other}"`).join(' and ')}, not with "${selector}"`,
        'to change the selector: provision -i INVENTORY rotate-dkim',
      )
    }
    if (given) return planGiven(path, given, exists ? rest.join('') : undefined, attributes)
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

  result: (wanted, now) => {
    const { domain } = wanted
    const selector = selectorOf(wanted)
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

// The private half on the host is never read.
function planGiven(path: string, given: Secret, found: string | undefined, attributes: string): readonly Change[] {
  if (found === publicHalf(given)) return planAttributes(path, attributes)
  const from = found === undefined ? 'absent' : 'another key'
  const place = sh`place_file ${path} owner=root group=${GROUP} mode=0640 text=${given}`
  return [{ what: path, from, to: 'the given key', apply: place }]
}

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

// Selectors of the domain's other keys, all of which sign.
function readOthers(wanted: Wanted): Script {
  return sh`for file in ${`${domainDirectory(wanted.domain)}/dkim:`}*.pem; do
  selector=\${file##*/dkim:}
  if [ -f "$file" ] && [ "$file" != ${keyFile(wanted)} ]; then echo "\${selector%.pem}"; fi
done`
}

// genpkey writes PKCS #8, the only form that chasquid reads. The key is never readable by others, not even for a moment.
function makeKey(wanted: Wanted): Script {
  const path = keyFile(wanted)
  return sh`(
umask 077
remove_leftovers ${domainDirectory(wanted.domain)}
temporary=$(mktemp ${`${domainDirectory(wanted.domain)}/.provision.XXXXXXXX`}) || exit
trap 'rm -f -- "$temporary"' EXIT
openssl genpkey -quiet -algorithm RSA -pkeyopt ${`rsa_keygen_bits:${wanted.bits}`} -out "$temporary" &&
chown ${`root:${GROUP}`} "$temporary" && chmod 0640 "$temporary" && keep_file ${path} "$temporary" &&
sync -- "$temporary" && mv -fT -- "$temporary" ${path}
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

function selectorOf({ selector, host, per_host }: Wanted): string {
  return dkimSelector(selector, per_host && host !== undefined, host ?? '')
}

function keyFile(wanted: Wanted): string {
  return `${domainDirectory(wanted.domain)}/dkim:${selectorOf(wanted)}.pem`
}
