import { type Script, sh } from '../core/shell.ts'

/** Lines of troubles that are looked at, the last ones; everything is counted. */
const TROUBLES = 300

/** What the units, ports and timers of a mail host are. */
export const SERVICES = [
  'chasquid.service',
  'chasquid-smtp.socket',
  'chasquid-submission.socket',
  'chasquid-submission_tls.socket',
  'acme-renew.timer',
] as const

export interface ServiceState {
  readonly name: string
  readonly state: string
  readonly restarts: number
}

export interface CertificateLife {
  readonly name: string
  /** Milliseconds since 1970. */
  readonly end: number
}

export interface Queue {
  readonly items: number
  /** Seconds that the oldest one has waited. */
  readonly oldest: number
}

export const readServices: Script = sh`systemctl show -p Id,ActiveState,NRestarts ${SERVICES}`

export const readVersions: Script = sh`dpkg-query -W -f '\${Package} \${Version}\n' chasquid acme.sh 2>/dev/null || :`

export const readCertificates: Script = sh`for file in /etc/chasquid/certs/*/fullchain.pem; do
  if [ -f "$file" ]; then
    name=\${file%/*}
    printf '%s ' "\${name##*/}"
    openssl x509 -in "$file" -noout -enddate || :
  fi
done`

// An item is written anew at each attempt, so its own words tell how old it is, not the file's time.
export const readQueue: Script = sh`count=0
oldest=$(date +%s)
now=$oldest
for file in /var/lib/chasquid/queue/m:*; do
  if [ -f "$file" ]; then
    count=$((count + 1))
    since=$(tail -n 12 -- "$file" | sed -n '/^created_at_ts/,$ s/^ *seconds: *\([0-9]*\)$/\1/p')
    if [ -n "$since" ] && [ "$since" -lt "$oldest" ]; then oldest=$since; fi
  fi
done
echo "$count $((now - oldest))"`

/** @param hours how far back. */
export function readMailLog(hours: number): Script {
  return sh`journalctl --quiet --no-pager --output=cat --since=${`-${hours}h`} _SYSTEMD_UNIT=chasquid.service SYSLOG_FACILITY=2 | awk '
/ to=[^ ]* sent$/ { sent++ }
/ failed \(temporary\): / { deferred++ }
/ failed \(permanent\): / { failed++ }
/ rejected / { refused++ }
/ auth failed for / { passwords++ }
/ failed \((temporary|permanent)\): / { last[count++ % ${TROUBLES}] = $0 }
END {
  printf "sent %d\ndeferred %d\nfailed %d\nrefused %d\npasswords %d\n", sent, deferred, failed, refused, passwords
  for (line = 0; line < count && line < ${TROUBLES}; line++) print last[line]
}'`
}

export const readSystem: Script = sh`df -P / /var | awk 'NR > 1 { sub("%", "", $5); if ($5 + 0 > most) most = $5 + 0 } END { print "disk", most + 0 }'
printf 'upgrades '
apt-get -s -o Debug::NoLocking=true upgrade 2>/dev/null | grep -c '^Inst' || :
if [ -e /run/reboot-required ]; then echo reboot; fi`

export function parseServices(text: string): readonly ServiceState[] {
  return text
    .trim()
    .split('\n\n')
    .flatMap((block) => {
      const field = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(block)?.[1] ?? ''
      return field('Id') === ''
        ? []
        : [{ name: field('Id'), state: field('ActiveState'), restarts: Number(field('NRestarts') || 0) }]
    })
}

export function parseVersions(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^(\S+) (\S+)$/gm)].map(([, name = '', version = '']) => [name, version]))
}

export function parseCertificates(text: string): readonly CertificateLife[] {
  return [...text.matchAll(/^(\S+) notAfter=(.+)$/gm)].map(([, name = '', end = '']) => ({
    name,
    end: Date.parse(end),
  }))
}

export function parseQueue(text: string): Queue {
  const [items = 0, oldest = 0] = text.trim().split(' ').map(Number)
  return { items, oldest }
}
