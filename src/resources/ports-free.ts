import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, findingsOf } from '../core/finding.ts'
import { type Script, sh } from '../core/shell.ts'

const port = () => z.int().min(1).max(65_535)

const params = () =>
  z.strictObject({
    ports: z.array(port()).min(1).describe('TCP ports that are needed.').default([25, 465, 587]),
    owners: z
      .array(z.string())
      .describe('Programs that may have them, by the name that ps(1) shows.')
      .default(['chasquid', 'systemd']),
  })

type Wanted = z.output<ReturnType<typeof params>>

const kinds = {
  'port-taken': {
    importance: 'required',
    summary: 'Another program listens on a port that the mail server needs',
    remedy: 'systemctl disable SERVICE; systemctl stop SERVICE',
  },
} as const

const finding = findingsOf(kinds)

export const portsFree = probe({
  name: 'ports_free',
  summary: 'See whether ports are free on a host, or who has them.',
  description: `Reads what the kernel says (proc_pid_net(5)), so that the host needs no \`ss\`. A program that listens on one address only, such as 127.0.0.1, is in the way, too.
Only root sees whose port it is.`,
  examples: `
- name: Ports of mail
  ports_free: {}
- ports_free: { ports: [80], owners: [nginx] }
`,
  params,
  findings: kinds,
  read: ({ ports }) => ({ listening: listening(ports) }),
  look: async () => undefined,
  judge: (wanted, now) => judgePorts(wanted, now.listening),
})

// The tables are read by grep because they may be long. Local address, state 0A (LISTEN) and inode are the fields 2, 4 and 10.
function listening(ports: readonly number[]): Script {
  const pattern = `:(${ports.map(inHexadecimal).join('|')}) [0-9A-F]+:0000 0A `
  return sh`
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -E ${pattern} | while read -r _ local _ _ _ _ _ _ _ inode _; do
  echo "listens $local $inode"
  find /proc/[0-9]*/fd -lname "socket:\[$inode\]" 2>/dev/null | while IFS=/ read -r _ _ pid _; do
    printf 'owner %s %s ' "$inode" "$pid"
    unit=$(sed -n 's,.*/\([^/]*\.\(service\|scope\)\)$,\1,p' "/proc/$pid/cgroup" 2>/dev/null | head -n 1)
    printf '%s %s\n' "\${unit:--}" "$(cat "/proc/$pid/comm" 2>/dev/null)"
  done
done`
}

interface Owner {
  readonly program: string
  readonly pid: string
  /** Its unit of systemd; `-` where it has none. */
  readonly unit: string
}

export function judgePorts({ ports, owners }: Wanted, answer: string): Report {
  const lines = answer.split('\n').map((line) => line.split(' '))
  const ownersOf = (inode: string): readonly Owner[] =>
    lines.flatMap(([word, of, pid = '', unit = '', ...program]) =>
      word === 'owner' && of === inode ? [{ program: program.join(' '), pid, unit }] : [],
    )
  return {
    findings: ports.map((port): Finding => {
      const subject = `port ${port}`
      const inodes = lines.flatMap(([word, local = '', inode = '']) =>
        word === 'listens' && local.endsWith(`:${inHexadecimal(port)}`) ? [inode] : [],
      )
      if (inodes.length === 0) return finding.right('port-taken', { subject, text: 'free' })
      const holders = inodes.map((inode) => {
        const found = ownersOf(inode)
        // systemd holds the sockets of a service that it starts, too.
        return (
          found.find(({ program }) => !owners.includes(program)) ?? found.find(({ pid }) => pid !== '1') ?? found[0]
        )
      })
      const foreign = holders.find((owner) => owner !== undefined && !owners.includes(owner.program))
      if (foreign) {
        const text = `taken by ${describe(foreign)}`
        return finding.wrong('port-taken', { subject, text, remedy: howToStop(foreign, port) })
      }
      const [owner] = holders
      if (owner === undefined || holders.includes(undefined)) {
        return finding.unknown('port-taken', { subject, text: 'taken, and only root can see by which program' })
      }
      return finding.right('port-taken', { subject, text: `${describe(owner)} has it` })
    }),
  }
}

function describe({ program, pid, unit }: Owner): string {
  return `${program} (pid ${pid}${unit === '-' ? '' : `, ${unit}`})`
}

function howToStop({ program, pid, unit }: Owner, port: number): string {
  if (program === 'docker-proxy') return `docker ps --filter publish=${port}, then docker stop NAME`
  // Instances of Debian's postfix@.service come and go with postfix.service.
  const service = unit.replace(/^(postfix)@.*/, '$1').replace(/\.service$/, '')
  return unit.endsWith('.service') ? `systemctl disable ${service}; systemctl stop ${service}` : `kill ${pid}`
}

function inHexadecimal(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0')
}
