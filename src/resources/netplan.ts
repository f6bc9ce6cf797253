import { z } from 'zod'
import { parseFile, placeFile, planFile, readFile } from '../core/file.ts'
import type { Json } from '../core/json.ts'
import { type Change, change, impossible, isChanges, notReady, type Plan, resource } from '../core/resource.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'
import { yamlText } from '../core/yaml-text.ts'
import { path } from './params.ts'

/** How long addresses may take to appear after `netplan apply`: networkd configures links on its own time. */
const SETTLE_SECONDS = 20

const params = z.strictObject({
  config: z
    .record(z.string(), z.json())
    .describe('What stands below `network:`, such as `ethernets: { eth0: { addresses: [...] } }`.'),
  file: path()
    .regex(/^\/etc\/netplan\/[^/]+\.yaml$/, 'must be a .yaml file in /etc/netplan')
    .describe('A file of our own. Installers may rewrite theirs; the name that sorts last wins.')
    .default('/etc/netplan/90-provision.yaml'),
})

type Wanted = z.output<typeof params>

export const netplan = resource({
  name: 'netplan',
  summary: "Configure the network through a netplan file of one's own.",
  description: `The file is merged with the others of /etc/netplan, as netplan(5) says. Before it takes its place, \`netplan generate\` must accept a copy
of the whole directory with the new file in it; so a mistake in it never reaches the network. Then \`netplan apply\` runs and
the addresses are waited for. Where they do not appear, the old file is put back and applied.

A later file that says something else is an error: it would win.`,
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
    program: sh`command -v netplan || true`,
    file: readFile(file),
    overrides: readOverrides(file, config),
    live: addressesOf(config).length === 0 ? sh`` : sh`ip -o addr show`,
  }),

  plan(wanted, now): Plan {
    if (now.program === '') return notReady('netplan is not installed')
    const conflict = overridden(wanted, now.overrides)
    if (conflict) return impossible(conflict, 'Remove it there, or choose a `file` whose name sorts after it.')
    const plan = planFile(wantedFile(wanted), parseFile(now.file))
    if (!isChanges(plan)) return plan
    const [placing] = plan
    const missing = addressesOf(wanted.config).filter(({ link, address }) => !isLive(now.live, link, address))
    if (placing) return [{ ...placing, apply: placeAndApply(wanted) }]
    return missing.flatMap(({ link, address }): readonly Change[] =>
      change(`${address} on ${link}`, 'absent', 'present', sh`netplan apply && ${waitFor([{ link, address }])}`),
    )
  },
})

interface Address {
  readonly link: string
  readonly address: string
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
  const addresses = addressesOf(wanted.config)
  const applied = joinScripts([sh`netplan apply`, ...(addresses.length === 0 ? [] : [waitFor(addresses)])], ' && ')
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

function waitFor(addresses: readonly Address[]): Script {
  const words = addresses.flatMap(({ link, address }) => [link, address])
  return sh`(
  set -- ${words}
  end=$(($(date +%s) + ${SETTLE_SECONDS}))
  while [ $# -gt 0 ]; do
    case "$(ip -o addr show dev "$1" 2>/dev/null) " in
      *" $2 "*) shift 2 ;;
      *) [ "$(date +%s)" -lt "$end" ] || { echo "$2 did not appear on $1" >&2 && exit 1; }; sleep 0.2 ;;
    esac
  done
)`
}

function addressesOf(config: Wanted['config']): readonly Address[] {
  return Object.values(config).flatMap((kind) =>
    isMapping(kind)
      ? Object.entries(kind).flatMap(([link, settings]) =>
          isMapping(settings) && Array.isArray(settings.addresses)
            ? settings.addresses.filter((one) => typeof one === 'string').map((address) => ({ link, address }))
            : [],
        )
      : [],
  )
}

function isLive(live: string, link: string, address: string): boolean {
  return live.split('\n').some((line) => line.split(/\s+/)[1] === link && line.includes(` ${address} `))
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

function isMapping(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
