import * as z from 'zod'
import type { JsonObject } from '../core/json.ts'
import { type Change, impossible, notReady, type Plan, resource } from '../core/resource.ts'
import type { Secret } from '../core/secret.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'
import { formatDkimRecord } from '../mail/dkim-record.ts'
import { dkimSelector } from '../mail/domain-variables.ts'
import { privateKey, publicHalf } from './chasquid-dkim-key.ts'
import { CONFIGURATION, domain, domainDirectory, domainMissing, GROUP } from './chasquid-host.ts'

const DAY = 86_400

const params = () =>
  z.strictObject({
    domain: domain().describe('The mail domain.'),
    selector: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'must be a label in lower case, such as mail or 2026a')
      .describe('The selector that is to sign from now on.'),
    host: z.string().min(1).describe('Inventory name of the host, for selectors of its own: SELECTOR-HOST.').optional(),
    per_host: z.boolean().describe('Whether the name of the host goes into the selector.').default(true),
    bits: z
      .union([z.literal(2048), z.literal(3072), z.literal(4096)], { error: 'must be 2048, 3072 or 4096' })
      .describe('Length of the new RSA key.')
      .default(2048),
    private_key: privateKey
      .describe(
        'The new key (PEM), in place of one that the host makes: for several hosts that share one. Never shown.',
      )
      .optional(),
    phase: z
      .enum(['stage', 'activate', 'retire'])
      .describe(
        '`stage` makes the key where chasquid does not sign with it; `activate` signs with it alone; `retire` deletes old keys.',
      ),
    keep_days: z
      .int()
      .min(0)
      .describe('Days for which the record of an old key stays: as long as mail that it signed may be on its way.')
      .default(7),
  })

type Wanted = z.output<ReturnType<typeof params>>

/** A key of the domain on the host. */
interface Key {
  readonly place: 'active' | 'staged' | 'retired'
  readonly selector: string
  /** Days since it retired. */
  readonly days: number
  readonly publicKey: string
}

export const dkimRotation = resource({
  name: 'dkim_rotation',
  summary: 'Change the key that signs the mail of a domain, in three steps that can be interrupted.',
  description: `chasquid signs with every key in the directory of the domain, so a new one waits elsewhere until its record is seen: \`stage\`, publish, look at every authoritative
server, \`activate\`, and after \`keep_days\` remove the old record and \`retire\`. Each phase can be repeated; the playbook \`rotate-dkim\` does all of it. \`register\` keeps \`domain\`,
\`selector\`, \`name\`, \`public_key\`, \`records\` (for \`dns_records\` and \`dns_zone\`), \`retired\` (selectors whose records must stay for now) and \`due\`, the records that may go.`,
  examples: `
- dkim_rotation: { domain: example.org, selector: s2026, phase: stage }
  register: rotation
`,
  params,
  read: (wanted) => ({ keys: readKeys(wanted) }),

  plan(wanted, now): Plan {
    if (now.keys === 'no directory\n') return notReady(domainMissing(wanted.domain))
    const keys = parseKeys(now.keys)
    const selector = selectorOf(wanted)
    const active = keys.filter(({ place }) => place === 'active').map((key) => key.selector)
    const isStaged = keys.some((key) => key.place === 'staged' && key.selector === selector)
    switch (wanted.phase) {
      case 'stage':
        return planStage(wanted, selector, keys)
      case 'activate': {
        const others = active.filter((other) => other !== selector)
        if (active.includes(selector) && others.length === 0) return []
        if (!active.includes(selector) && !isStaged)
          return notReady(`there is no key ${selector} of ${wanted.domain} yet`)
        return [activate(wanted, selector, others)]
      }
      case 'retire':
        return dueOf(keys, wanted).map((old) => ({
          what: `retired key ${old} of ${wanted.domain}`,
          from: 'kept',
          to: 'absent',
          apply: sh`remove_file ${`${folder('retired', wanted.domain)}/dkim:${old}.pem`}`,
        }))
    }
  },

  result: (wanted, now): JsonObject => {
    const keys = parseKeys(now.keys)
    const selector = selectorOf(wanted)
    const key = keys.find((one) => one.selector === selector && one.place !== 'retired')
    const due = dueOf(keys, wanted)
    return {
      domain: wanted.domain,
      selector,
      name: `${selector}._domainkey.${wanted.domain}`,
      public_key: key?.publicKey ?? '',
      records: [{ name: `${selector}._domainkey`, type: 'TXT', value: formatDkimRecord(key?.publicKey ?? '') }],
      retired: keys
        .filter(({ place }) => place === 'retired')
        .flatMap((one) => (due.includes(one.selector) ? [] : [one.selector])),
      due: due.map((old) => ({ name: `${old}._domainkey`, type: 'TXT' })),
    }
  },
})

function planStage(wanted: Wanted, selector: string, keys: readonly Key[]): Plan {
  const { domain: name, private_key: given } = wanted
  const active = keys.find(({ place, selector: other }) => place === 'active' && other === selector)
  const staged = keys.find(({ place, selector: other }) => place === 'staged' && other === selector)
  if (given === undefined) return active || staged ? [] : [stage(wanted, selector)]
  const wantedKey = publicHalf(given)
  if (active && active.publicKey !== wantedKey) {
    return impossible(
      `${name} signs with another key as "${selector}" already`,
      'give the new key a selector of its own: verifiers keep the record of the old one for a while',
    )
  }
  return (active ?? staged)?.publicKey === wantedKey ? [] : [place(name, selector, given, staged !== undefined)]
}

function place(name: string, selector: string, key: Secret, isOther: boolean): Change {
  const directory = folder('next', name)
  const path = `${directory}/dkim:${selector}.pem`
  return {
    what: path,
    from: isOther ? 'another key' : 'absent',
    to: 'the given key, not signing yet',
    apply: sh`(umask 077 && mkdir -p ${directory}) && place_file ${path} owner=root group=root mode=0600 text=${key}`,
  }
}

function stage({ domain: name, bits }: Wanted, selector: string): Change {
  const directory = folder('next', name)
  const path = `${directory}/dkim:${selector}.pem`
  return {
    what: path,
    from: 'absent',
    to: `RSA key of ${bits} bits, not signing yet`,
    apply: sh`(
umask 077
mkdir -p ${directory} || exit
remove_leftovers ${directory}
temporary=$(mktemp ${`${directory}/.provision.XXXXXXXX`}) || exit
trap 'rm -f -- "$temporary"' EXIT
openssl genpkey -quiet -algorithm RSA -pkeyopt ${`rsa_keygen_bits:${bits}`} -out "$temporary" &&
keep_file ${path} "$temporary" && sync -- "$temporary" && mv -fT -- "$temporary" ${path}
)`,
  }
}

// The new key comes first: cut in the middle, two keys sign, and both records are there.
function activate({ domain: name }: Wanted, selector: string, others: readonly string[]): Change {
  const staged = `${folder('next', name)}/dkim:${selector}.pem`
  const signing = `${domainDirectory(name)}/dkim:${selector}.pem`
  const retired = folder('retired', name)
  const moves = others.map((old) => {
    const from = `${domainDirectory(name)}/dkim:${old}.pem`
    const to = `${retired}/dkim:${old}.pem`
    return sh`keep_file ${from} && keep_file ${to} ${from} && touch ${from} && mv -fT -- ${from} ${to} || exit`
  })
  return {
    what: `signing key of ${name}`,
    from: others.join(', ') || 'none',
    to: selector,
    apply: sh`(
umask 077
mkdir -p ${retired} || exit
if [ -e ${staged} ]; then
  keep_file ${staged} && keep_file ${signing} ${staged} || exit
  chown ${`root:${GROUP}`} ${staged} && chmod 0640 ${staged} && mv -fT -- ${staged} ${signing} || exit
fi
${joinScripts(moves)}
)`,
  }
}

function dueOf(keys: readonly Key[], { keep_days }: Wanted): readonly string[] {
  return keys.filter(({ place, days }) => place === 'retired' && days >= keep_days).map(({ selector }) => selector)
}

// The private halves are read by openssl on the host only. Days are counted there, so that no clock is compared.
function readKeys({ domain: name }: Wanted): Script {
  return sh`if [ -d ${domainDirectory(name)} ]; then
  now=$(date +%s)
  for place in active staged retired; do
    case $place in
      active) directory=${domainDirectory(name)} ;;
      staged) directory=${folder('next', name)} ;;
      retired) directory=${folder('retired', name)} ;;
    esac
    for file in "$directory"/dkim:*.pem; do
      if [ -f "$file" ]; then
        selector=\${file##*/dkim:}
        echo "$place \${selector%.pem} $(((now - $(stat -c %Y "$file")) / ${DAY})) $(openssl pkey -in "$file" -pubout -outform DER 2>/dev/null | base64 -w 0)"
      fi
    done
  done
else
  echo no directory
fi`
}

function parseKeys(text: string): readonly Key[] {
  return [...text.matchAll(/^(active|staged|retired) (\S+) (\d+) (\S*)$/gm)].map(
    ([, place, selector = '', days, publicKey = '']) => ({
      place: place as Key['place'],
      selector,
      days: Number(days),
      publicKey,
    }),
  )
}

function selectorOf({ selector, host, per_host }: Wanted): string {
  return dkimSelector(selector, per_host && host !== undefined, host ?? '')
}

function folder(which: 'next' | 'retired', name: string): string {
  return `${CONFIGURATION}/dkim-${which}/${name}`
}
