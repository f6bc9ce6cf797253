import * as z from 'zod'
import { parseFile, placeFile, planFile, readFile } from '../core/file.ts'
import type { Json } from '../core/json.ts'
import { type Change, change, impossible, isChanges, notReady, type Plan, resource } from '../core/resource.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'
import { yamlText } from '../core/yaml-text.ts'
import { parseIp } from '../mail/ip-address.ts'
import { addressIn, isLive, isMapping, liveOf, readLive, waitFor } from './netplan-live.ts'
import { path } from './params.ts'

const params = () =>
  z.strictObject({
    config: z
      .record(z.string(), z.json())
      .describe('What stands below `network:`, such as `ethernets: { eth0: { addresses: [...] } }`.'),
    file: path()
      .regex(/^\/etc\/netplan\/[^/]+\.yaml$/, 'must be a .yaml file in /etc/netplan')
      .describe('A file of our own. Installers may rewrite theirs; the name that sorts last wins.')
      .default('/etc/netplan/90-provision.yaml'),
  })

type Wanted = z.output<ReturnType<typeof params>>

export const netplan = resource({
  name: 'netplan',
  summary: "Configure the network through a netplan file of one's own.",
  description: `The file is merged with the others of /etc/netplan, as netplan(5) says. Before it takes its place, \`netplan generate\` must accept a copy
of the whole directory with the new file in it; so a mistake in it never reaches the network. Then \`netplan apply\` runs and
the addresses and default gateways are waited for. Where they do not appear, the old file is put back and applied. So it is where the host cannot be reached any more
over a new connection, at the address that it had or at one of the new ones.

A later file that says something else is an error: it would win. A host without netplan whose network ifupdown configures
(/etc/network/interfaces, as on many images of Debian) is as wanted when everything is there already, and else an error: nothing is written there.`,
  examples: `
- name: Static IPv6
  netplan:
    config:
      version: 2
      ethernets:
        eth0:
          addresses: ["2001:db8:64::11/64"]
          routes: [{ to: "::/0", via: "fe80::1", on-link: true }]
`,
  params,

  read: ({ file, config }) => ({
    program: readProgram,
    file: readFile(file),
    overrides: readOverrides(file, config),
    live: liveOf(config).length === 0 ? sh`` : readLive,
  }),

  plan(wanted, now): Plan {
    if (now.program === '') return notReady('netplan is not installed')
    const missing = liveOf(wanted.config).filter((one) => !isLive(now.live, one))
    if (now.program.startsWith('ifupdown\n')) return planIfupdown(wanted, now.program, missing.length === 0)
    const conflict = overridden(wanted, now.overrides)
    if (conflict) return impossible(conflict, 'Remove it there, or choose a `file` whose name sorts after it.')
    const plan = planFile(wantedFile(wanted), parseFile(now.file))
    if (!isChanges(plan)) return plan
    const [placing] = plan
    if (placing) return [{ ...placing, apply: placeAndApply(wanted) }]
    return missing.flatMap((one): readonly Change[] =>
      change(`${one.words} on ${one.link}`, 'absent', 'present', sh`netplan apply && ${waitFor([one])}`),
    )
  },

  guard: ({ file, config }) => ({
    files: [file],
    reload: sh`netplan apply`,
    boot: sh`netplan generate`,
    addresses: liveOf(config).flatMap((one) => (one.words.startsWith('via ') ? [] : [addressIn(one)])),
  }),
})

// Where netplan is missing, what ifupdown knows about addresses (interfaces(5)), unless that is the loopback alone.
const readProgram = sh`
if command -v netplan; then
  :
elif cat /etc/network/interfaces /etc/network/interfaces.d/* 2>/dev/null | grep -Eq '^[[:space:]]*iface[[:space:]]+([^l]|l[^o])'; then
  echo ifupdown
  cat /etc/network/interfaces /etc/network/interfaces.d/* 2>/dev/null | grep -E '^[[:space:]]*(address|gateway)[[:space:]]' || true
fi`

function planIfupdown({ config }: Wanted, answer: string, isThere: boolean): Plan {
  const known = answer.split(/\s+/).map((word) => parseIp(word.replace(/\/\d+$/, ''))?.text)
  const forgotten = liveOf(config).find((one) => !known.includes(addressIn(one)))
  if (isThere && forgotten === undefined) return []
  return impossible(
    'ifupdown configures the network of this host, and netplan is not installed',
    'Write addresses and gateway into /etc/network/interfaces (interfaces(5)) and run `ifup`; a host that has them is as wanted.',
  )
}

function wantedFile({ file, config }: Wanted): Parameters<typeof planFile>[0] {
  const content = `# Written by provision; changes are overwritten.\n${yamlText({ network: config })}`
  // netplan complains about files that others may read: they can hold keys of wireless networks.
  return { path: file, content, owner: 'root', group: 'root', mode: '0600', validate: generate(file).reveal() }
}

// The new file among copies of the others, below a root of its own. The copy is of the whole directory: files refer to each other.
function generate(file: string): Script {
  return sh`netplan_generate() (
  root=$(mktemp -d) && trap 'rm -rf -- "$root"' EXIT && mkdir -p "$root/etc" &&
  cp -a /etc/netplan "$root/etc/" && cp -- "$1" "$root"${file} && netplan generate --root-dir "$root"
) && netplan_generate %s`
}

function placeAndApply(wanted: Wanted): Script {
  const { file } = wanted
  const awaited = liveOf(wanted.config)
  const applied = joinScripts([sh`netplan apply`, ...(awaited.length === 0 ? [] : [waitFor(awaited)])], ' && ')
  return sh`saved=$(mktemp) && { [ ! -e ${file} ] || cp -p -- ${file} "$saved"; } || exit
trap 'rm -f -- "$saved"' EXIT
${placeFile(wantedFile(wanted))} || exit
if ! { ${applied}; }; then
  echo 'the old configuration is put back' >&2
  if [ -s "$saved" ]; then cp -p -- "$saved" ${file}; else rm -f -- ${file}; fi
  netplan apply
  exit 1
fi`
}

// Only a file that sorts after ours can win, and only then it is worth to start netplan for every value that we set.
function readOverrides(file: string, config: Wanted['config']): Script {
  const name = file.slice(file.lastIndexOf('/') + 1)
  const asked = leaves(config, 'network').map(({ key }) => sh`printf '%s\n' ${`= ${key}`} && netplan get ${key}`)
  return sh`later=
for other in /etc/netplan/*.yaml /run/netplan/*.yaml; do
  base=\${other##*/}
  if [ -e "$other" ] && expr "x$base" '>' ${`x${name}`} >/dev/null; then later="$later $other"; fi
done
if [ -n "$later" ]; then
  printf 'later%s\n' "$later"
  ${joinScripts(asked, ' && ')}
fi`
}

function overridden({ config }: Wanted, answer: string): string | undefined {
  const [first = '', ...rest] = answer.split('\n')
  if (!first.startsWith('later')) return undefined
  const merged = new Map(
    rest
      .join('\n')
      .split(/^= /m)
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]),
  )
  const wrong = leaves(config, 'network').find(({ key, values }) => {
    const is = merged.get(key) ?? ''
    return is.trim() !== 'null' && values.some((value) => !words(is).includes(value))
  })
  return (
    wrong && `${first.slice('later '.length)} sets ${wrong.key} to ${words(merged.get(wrong.key) ?? '').join(', ')}`
  )
}

interface Leaf {
  /** As `netplan get` takes it; dots inside a name are escaped. */
  readonly key: string
  readonly values: readonly string[]
}

function leaves(value: Json, key: string): readonly Leaf[] {
  if (isMapping(value)) {
    return Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${key}.${name.replaceAll('.', '\\.')}`))
  }
  const list = Array.isArray(value) ? value : [value]
  const values = list.filter((one) => one !== null && typeof one !== 'object').map(String)
  return values.length === 0 ? [] : [{ key, values }]
}

function words(text: string): readonly string[] {
  return text.split(/[\s"']+|^- |\n- /).filter((word) => word !== '' && word !== '-')
}
