import type { Secret } from '../core/secret.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'

/** Debian's package lays acme.sh out like this. */
const INSTALLATION = '/usr/share/acme.sh'

export interface Hook {
  /** `dns_cf`. */
  readonly dns: string
  readonly home: string
  readonly env: Readonly<Record<string, Secret>>
  readonly zone: string
  /** Servers to ask; the zone's own where there are none. */
  readonly servers: readonly string[]
}

/** What a hook is to do with one TXT name. */
export interface HookWork {
  /** Without a dot at its end. */
  readonly name: string
  readonly remove: readonly string[]
  readonly add: readonly string[]
  /** Seconds until all servers have it. */
  readonly wait: number
}

/** These put the text between quotes into a line of nsupdate, where no string may be longer than 255 bytes. */
const QUOTING = new Set(['dns_nsupdate', 'dns_knot'])

/** "ready", or why the hook cannot run. */
export function readHook({ dns, home }: Hook, noClient: string): Script {
  return sh`if [ ! -f ${`${INSTALLATION}/acme.sh`} ] || [ ! -d ${home} ]; then
  echo ${noClient}
elif [ ! -f ${`${INSTALLATION}/dnsapi/${dns}.sh`} ] && [ ! -f ${`${home}/dnsapi/${dns}.sh`} ]; then
  echo ${`acme.sh has no hook ${dns}`}
elif ! command -v dig >/dev/null; then
  echo 'dig is missing: package bind9-dnsutils'
else
  echo ready
fi`
}

/** The TXT records of names, as each server has them: `server NAME`, its statuses, its records. */
export function readTexts(hook: Hook, names: readonly string[]): Script {
  return sh`if command -v dig >/dev/null; then
${findServers(hook)}
for server in $servers; do
  echo "server $server"
  said=$(dig @"$server" +norecurse +noall +comments +answer +time=3 +tries=2 ${names.flatMap((name) => [name, 'TXT'])}) || continue
  printf '%s\n' "$said" | sed -n -e 's/^;; ->>HEADER<<-.*status: \([A-Z]*\),.*/status \1/p' -e '/^[^;]/p' | sort -u
done
fi`
}

/**
 * Carries the work out through the functions that issue certificates (`dns_cf_add`, `dns_cf_rm`), and waits until the
 * servers have it. What a hook published as something else is taken away again. Credentials are variables of the
 * subshell only.
 */
export function runHook(hook: Hook, { name, remove, add, wait }: HookWork): Script {
  const { dns } = hook
  const call = (verb: 'add' | 'rm') => (value: string) => sh`hook ${[verb, name, argument(dns, value)]}`
  const undo = joinScripts([...add.map(call('rm')), ...remove.map(call('add'))], '; ')
  const wanted = [...add.map((value) => sh`has ${[name, value]}`), ...remove.map((value) => sh`lacks ${[name, value]}`)]
  return joinScripts([
    sh`(`,
    defineHook(hook),
    COUNT,
    findServers(hook),
    ...remove.map((value) => sh`${call('rm')(value)} || exit`),
    ...add.map((value) => sh`${call('add')(value)} || { ${undo}; exit 1; }`),
    sh`end=$(($(date +%s) + ${wait}))
until ${joinScripts(wanted, ' && ')}; do
  [ "$(date +%s)" -lt "$end" ] || {
    echo ${`after ${wait} s not all name servers show what ${dns} was told: it is taken back`} >&2
    ${undo}
    exit 1
  }
  sleep 1
done
)`,
  ])
}

// The hook's functions want those of acme.sh, which runs the command in its arguments when it is read: here none.
function defineHook({ dns, home, env, zone }: Hook): Script {
  const [shared, own] = [`${INSTALLATION}/dnsapi/${dns}.sh`, `${home}/dnsapi/${dns}.sh`]
  return joinScripts([
    sh`hook() (
  umask 077
  provision_verb=$1 provision_name=$2 provision_text=$3
  export LE_WORKING_DIR=${home} _SCRIPT_HOME=${INSTALLATION}
  set -- :
  . ${`${INSTALLATION}/acme.sh`} && _initpath ${zone} ec-256 >/dev/null || exit`,
    ...Object.entries(env).map(([variable, value]) => sh`  ${variable}=${value} && : "$${variable}"`),
    sh`  if [ -f ${shared} ]; then . ${shared}; else . ${own}; fi &&
  ${`${dns}_`}"$provision_verb" "$provision_name" "$provision_text"
)`,
  ])
}

/** `has NAME TEXT`: all servers that answer have the text; `lacks NAME TEXT`: none of them has it. */
const COUNT = sh`count() {
  answered=0 having=0
  for server in $servers; do
    found=$(dig @"$server" +norecurse +short +time=3 +tries=2 "$1" TXT) || continue
    answered=$((answered + 1))
    if printf '%s\n' "$found" | sed 's/" "//g; s/^"//; s/"$//; s/\\;/;/g' | grep -Fxq -- "$2"; then
      having=$((having + 1))
    fi
  done
}
has() { count "$1" "$2" && [ "$answered" -gt 0 ] && [ "$having" -eq "$answered" ]; }
lacks() { count "$1" "$2" && [ "$answered" -gt 0 ] && [ "$having" -eq 0 ]; }`

// The zone may begin above the domain.
function findServers({ zone, servers }: Hook): Script {
  if (servers.length > 0) return sh`servers=${servers.join(' ')}`
  return sh`zone=${zone} servers=
while [ -z "$servers" ] && [ "$zone" != "\${zone#*.}" ]; do
  servers=$(dig +short +time=3 +tries=2 "$zone" NS | grep '^[^;].*\.$' | sort)
  zone=\${zone#*.}
done`
}

function argument(dns: string, value: string): string {
  return QUOTING.has(dns) ? (value.match(/.{1,255}/gs) ?? ['']).join('" "') : value
}
