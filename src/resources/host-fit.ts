import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, type FindingDetails, findingsOf } from '../core/finding.ts'
import { sh } from '../core/shell.ts'
import { duration } from './params.ts'
import { domainName } from './probe-fields.ts'

const megabytes = (standard: number) => z.int().min(0).default(standard)

const params = () =>
  z.strictObject({
    name: domainName().describe('The full name that the host is to have, to see that it is one.').optional(),
    releases: z
      .record(z.string(), z.array(z.string()))
      .describe('Releases that are supported, by ID of os-release(5): their VERSION_ID.')
      .default({ debian: ['12', '13'], ubuntu: ['22.04', '24.04'] }),
    architectures: z
      .array(z.string())
      .describe('Machines that are supported, as uname(1) names them.')
      .default(['x86_64', 'aarch64']),
    memory: megabytes(512).describe('Least memory, in MB as it is sold: the kernel shows up to a tenth less.'),
    memory_advised: megabytes(1024).describe('Memory below which it is said to be tight, in MB.'),
    disk: megabytes(2048).describe('Least free space on the file systems of / and /var, in MB.'),
    clock: duration().describe('How far its clock may be from this machine’s.').default(60),
  })

type Wanted = z.output<ReturnType<typeof params>>

const kinds = {
  'os-unsupported': {
    importance: 'required',
    summary: 'The operating system is none that is supported',
    remedy: 'Reinstall the host in the provider’s panel, with Debian 13 or Ubuntu 24.04',
  },
  'arch-unsupported': {
    importance: 'required',
    summary: 'The processor is none that is supported',
    remedy: 'Rent a host with an x86_64 (amd64) or aarch64 (arm64) processor',
  },
  'systemd-missing': {
    importance: 'required',
    summary: 'systemd does not run the host',
    remedy: 'Rent a virtual machine in place of a container, or one in which systemd is the first process',
  },
  'root-missing': {
    importance: 'required',
    summary: 'Nothing can be changed as this user',
    remedy: 'Log in as root, or set `become: true` for a user who may use sudo',
  },
  'name-not-full': {
    importance: 'required',
    summary: 'The name of the host has no domain',
    remedy: 'Set `mail_host` in the inventory to the full name, such as smtp.example.org',
  },
  'memory-low': {
    importance: 'required',
    summary: 'The host has less than 512 MB of memory; below 1 GB it is advice',
    remedy: 'Rent a host with 1 GB of memory',
  },
  'disk-full': {
    importance: 'required',
    summary: 'There is less than 2 GB free on / or /var',
    remedy: 'Free space, or enlarge the disk in the provider’s panel',
  },
  'clock-wrong': {
    importance: 'required',
    summary: 'The clock is more than 60 s off: certificates and signatures fail',
    remedy: 'timedatectl set-ntp true',
  },
  'tmp-noexec': {
    importance: 'recommended',
    summary: 'Nothing can be executed in /tmp, where packages put scripts that configure them',
    remedy: 'mount -o remount,exec /tmp, and take noexec from its line in /etc/fstab',
  },
} as const

const finding = findingsOf(kinds)

export const hostFit = probe({
  name: 'host_fit',
  summary: 'See whether a host can become a mail server: system, memory, disk, clock.',
  description: `Asks with what every Debian and Ubuntu has, and writes nothing. The clock is compared with that of the machine that runs this.`,
  examples: `
- name: Fit for mail
  host_fit: { name: smtp.example.org }
`,
  params,
  findings: kinds,
  // The clock is read last: what follows it until the answer is here counts as skew.
  read: () => ({
    host: sh`
printf '%s\n' "user $(id -un)" "uid $(id -u)" "arch $(uname -m)"
if [ -d /run/systemd/system ]; then echo 'systemd runs'; else read -r init </proc/1/comm && echo "init $init"; fi
while read -r key size _; do case $key in MemTotal:) echo "memory $size" ;; esac; done </proc/meminfo
for file in /etc/os-release /usr/lib/os-release; do
  if [ -e "$file" ]; then sed 's/^/os /' "$file" && break; fi
done
df -kP / /var | while read -r _ _ _ free _ mount; do echo "free $mount $free"; done
while read -r _ mount _ options _; do
  case $mount in /tmp) echo "tmp $options" ;; esac
done </proc/mounts
date '+clock %s'`,
  }),
  look: async () => Date.now(),
  judge: (wanted, now, seen) => judgeHost(wanted, now.host, seen),
})

/** @param milliseconds the time here when the answer had come, since 1970. */
export function judgeHost(wanted: Wanted, answer: string, milliseconds: number): Report {
  const lines = answer.split('\n').map((line) => line.split(' '))
  const all = (key: string) => lines.filter(([first]) => first === key).map(([, ...rest]) => rest.join(' '))
  const one = (key: string) => all(key).at(-1) ?? ''
  // A line for / and one for /var, which are the same where it is no file system of its own.
  const disks = new Map(all('free').map((line) => line.split(' ') as [string, string]))
  return {
    findings: [
      judgeSystem(wanted, all('os')),
      one('arch') !== '' && wanted.architectures.includes(one('arch'))
        ? right('arch-unsupported', 'processor', `${one('arch')} is supported`)
        : wrong('arch-unsupported', 'processor', `${one('arch')} is none of ${wanted.architectures.join(', ')}`),
      one('systemd') === 'runs'
        ? right('systemd-missing', 'systemd', 'runs the host')
        : wrong('systemd-missing', 'systemd', `does not run the host: the first process is ${one('init')}`),
      one('uid') === '0'
        ? right('root-missing', 'root', 'everything can be changed')
        : wrong('root-missing', 'root', `the user ${one('user')} is not root`),
      ...(wanted.name === undefined ? [] : [judgeName(wanted.name)]),
      judgeMemory(wanted, Number(one('memory')) / 1024),
      ...[...disks].flatMap(([mount, kilobytes]) => judgeDisk(wanted, mount, Number(kilobytes) / 1024)),
      judgeClock(wanted, Number(one('clock')) - Math.floor(milliseconds / 1000)),
      /(^|,)noexec(,|$)/.test(one('tmp'))
        ? wrong('tmp-noexec', '/tmp', 'mounted noexec')
        : right('tmp-noexec', '/tmp', 'can execute programs'),
    ],
  }
}

type Kind = keyof typeof kinds

function right(id: Kind, subject: string, text: string): Finding {
  return finding.right(id, { subject, text })
}

function wrong(id: Kind, subject: string, text: string, details: Partial<FindingDetails> = {}): Finding {
  const { remedy } = kinds[id]
  return finding.wrong(id, { subject, text, remedy: `${remedy[0]?.toLowerCase()}${remedy.slice(1)}`, ...details })
}

function judgeSystem({ releases }: Wanted, lines: readonly string[]): Finding {
  // os-release(5): shell-style assignments, values optionally quoted.
  const values = new Map(
    lines.map((line) => {
      const [key = '', value = ''] = line.split(/=(.*)/)
      return [key, value.replace(/^(["'])(.*)\1$/, '$2')]
    }),
  )
  const id = values.get('ID') ?? ''
  const system = values.get('PRETTY_NAME') ?? (id || 'a system without os-release')
  if (releases[id]?.includes(values.get('VERSION_ID') ?? '')) {
    return right('os-unsupported', 'system', `${system} is supported`)
  }
  const supported = Object.entries(releases).map(([name, versions]) => `${name} ${versions.join(', ')}`)
  return wrong('os-unsupported', 'system', `${system} is none of ${supported.join(', ')}`)
}

function judgeName(name: string): Finding {
  if (name.includes('.')) return right('name-not-full', name, 'is a full name')
  const remedy = `mail_host: ${name}.example.org, in the inventory, with your domain`
  return wrong('name-not-full', name, 'has no domain, so nobody can look it up', { remedy })
}

function judgeMemory({ memory, memory_advised }: Wanted, has: number): Finding {
  const isEnough = (sold: number) => has >= sold * 0.9
  const text = `${Math.round(has)} MB`
  if (isEnough(memory_advised)) return right('memory-low', 'memory', text)
  return isEnough(memory)
    ? wrong('memory-low', 'memory', `${text} is tight`, { importance: 'recommended' })
    : wrong('memory-low', 'memory', `${text} is less than ${memory} MB`)
}

function judgeDisk({ disk }: Wanted, mount: string, free: number): readonly Finding[] {
  if (!mount.startsWith('/')) return []
  const text = `${free >= 10_240 ? `${Math.floor(free / 1024)} GB` : `${Math.floor(free)} MB`} free`
  if (free >= disk) return [right('disk-full', mount, text)]
  const remedy = `apt-get clean; journalctl --vacuum-size=50M; du -xh ${mount} | sort -h | tail`
  return [wrong('disk-full', mount, `${text}, and ${disk} MB are needed`, { remedy })]
}

function judgeClock({ clock }: Wanted, seconds: number): Finding {
  const off = Math.abs(seconds)
  if (off <= clock) return right('clock-wrong', 'clock', `within ${clock} s of this machine’s`)
  return wrong('clock-wrong', 'clock', `${inWords(off)} ${seconds < 0 ? 'behind' : 'ahead of'} this machine’s clock`, {
    remedy: `${kinds['clock-wrong'].remedy}; where the host is right, set the clock of this machine`,
  })
}

function inWords(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} hours` : `${Math.round(seconds / 86_400)} days`
}
