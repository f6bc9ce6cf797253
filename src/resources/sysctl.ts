import * as z from 'zod'
import { inBatch } from '../core/batch.ts'
import { type Change, change, impossible, notReady, resource } from '../core/resource.ts'
import { type Script, sh } from '../core/shell.ts'
import { line, path } from './params.ts'
import { running, savedBatch } from './sysctl-batch.ts'

const params = () =>
  z.strictObject({
    key: z
      .string()
      .regex(/^[\w-]+([./][\w:@+-]+)+$/, 'must be a dotted name, such as net.ipv6.conf.all.disable_ipv6')
      .describe(
        'Name of the parameter. With dots, a slash stands for a dot inside a part: net.ipv4.conf.eth0/100.forwarding is about eth0.100.',
      ),
    value: line().describe('The value; amounts of white space between numbers do not matter.'),
    file: path()
      .regex(/^\/etc\/sysctl\.d\/[^/]+\.conf$/, 'must be a .conf file in /etc/sysctl.d')
      .describe('File that keeps the value across reboots. Many keys may share it.')
      .default('/etc/sysctl.d/60-provision.conf'),
  })

type Wanted = z.output<ReturnType<typeof params>>

export const sysctl = resource({
  name: 'sysctl',
  summary: 'Set a kernel parameter now and keep it across reboots.',
  description: `The running value and the saved line are two changes. Other lines of the file are left alone.
A line in /etc/sysctl.conf, or in a file of /etc/sysctl.d that is read later, is commented out where it says something else:
up to Debian 12 and Ubuntu 24.04 the system reads /etc/sysctl.conf last, Debian 13 does not read it at all.

Writing \`net.ipv6.conf.all.disable_ipv6\` also writes the values of \`default\` and of every interface: name \`all\` last.`,
  examples: `
- name: Mail also leaves over IPv6
  sysctl: { key: net.ipv6.conf.all.disable_ipv6, value: 0 }
`,
  params,

  read: ({ key, file }) => ({
    running: readRunning(procPath(key)),
    saved: readSaved(key, file),
  }),

  plan(wanted, now) {
    const { key, value, file } = wanted
    if (now.running === 'no IPv6\n') {
      return impossible(
        'IPv6 is switched off on the kernel command line (ipv6.disable=1)',
        'remove it from GRUB_CMDLINE_LINUX in /etc/default/grub and its kin, run update-grub, and reboot',
      )
    }
    if (now.running === 'no such parameter\n')
      return notReady(`this kernel has no ${key}: the module that brings it is not loaded`)
    if (now.saved === 'no directory\n') return notReady(`the directory of ${file} does not exist`)
    const set = sh`printf '%s\n' ${words(value)} >${procPath(key)}`
    return [
      ...change(`${key} running`, words(now.running), words(value), set),
      ...planSaved(wanted, parseSaved(now.saved)),
    ]
  },
})

// With ipv6.disable=1 the kernel has no parameter of IPv6 at all (Documentation/networking/ipv6.rst).
function readRunning(path: string): Script {
  const missing = sh`echo no such parameter`
  const read = path.startsWith('/proc/sys/net/ipv6/')
    ? sh`if [ -e ${path} ]; then cat ${path}; elif grep -qw 'ipv6\.disable=1' /proc/cmdline; then echo no IPv6; else ${missing}; fi`
    : sh`if [ -e ${path} ]; then cat ${path}; else ${missing}; fi`
  return inBatch(read, running, path)
}

interface SavedLine {
  readonly file: string
  readonly value: string
}

// Only the lines about this key: a shared file would otherwise look changed to every item that comes after the first.
function readSaved(key: string, file: string): Script {
  const batch = savedBatches.get(file) ?? savedBatch((pattern) => askSaved(pattern, file))
  savedBatches.set(file, batch)
  return inBatch(askSaved(linePattern(key), file), batch, linePattern(key))
}

const savedBatches = new Map<string, ReturnType<typeof savedBatch>>()

function askSaved(pattern: string, file: string): Script {
  return sh`
if [ -d /etc/sysctl.d ]; then
  set -- ${file}
  for other in /etc/sysctl.d/*.conf /etc/sysctl.conf; do
    if [ -f "$other" ] && [ ! -L "$other" ] && [ "$other" != ${file} ]; then set -- "$@" "$other"; fi
  done
  [ -f "$1" ] || shift
  [ $# -eq 0 ] || grep -HE ${pattern} "$@" || [ $? -eq 1 ]
else
  echo no directory
fi`
}

function parseSaved(answer: string): readonly SavedLine[] {
  return [...answer.matchAll(/^(.*?\.conf):[^=]*=(.*)$/gm)].map(([, file = '', value = '']) => ({
    file,
    value: words(value),
  }))
}

function planSaved({ key, value, file }: Wanted, lines: readonly SavedLine[]): readonly Change[] {
  const own = lines.filter((line) => line.file === file)
  const wanted = `${key} = ${words(value)}`
  const later = lines.filter((line) => isReadAfter(line.file, file) && line.value !== words(value))
  return [
    ...(own.length === 1 && own[0]?.value === words(value)
      ? []
      : change(
          file,
          own.length === 0 ? 'absent' : own.map((line) => `${key} = ${line.value}`).join('; '),
          wanted,
          saveLine(key, wanted, file),
        )),
    ...[...new Set(later.map((line) => line.file))].flatMap((other) => {
      const old = later.findLast((line) => line.file === other)?.value
      return change(other, `${key} = ${old}`, `# ${key} = ${old}`, commentOut(key, other))
    }),
  ]
}

function saveLine(key: string, wanted: string, file: string): Script {
  return sh`kept=$([ ! -e ${file} ] || grep -vE ${linePattern(key)} ${file} || [ $? -eq 1 ]) &&
place_file ${file} text="\${kept:+$kept
}"${`${wanted}\n`}`
}

function commentOut(key: string, file: string): Script {
  return sh`text=$(sed -E ${`s/${linePattern(key).replaceAll('/', '\\/')}/# &/`} ${file}) && place_file ${file} text="$text
"`
}

/** sysctl.d(5): files are read in the order of their names, and /etc/sysctl.conf counts as 99-sysctl.conf. */
function isReadAfter(other: string, file: string): boolean {
  const rank = (path: string) =>
    path === '/etc/sysctl.conf' ? '99-sysctl.conf' : path.slice(path.lastIndexOf('/') + 1)
  return other !== file && rank(other) > rank(file)
}

function procPath(key: string): string {
  return `/proc/sys/${slashed(key)}`
}

/** sysctl(8): where the first separator is a dot, dots and slashes change places. */
function slashed(key: string): string {
  return /^[^./]+\//.test(key) ? key : key.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'))
}

function linePattern(key: string): string {
  const path = slashed(key)
  const dotted = path.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'))
  return `^[[:space:]]*-?(${[dotted, path].map((text) => text.replace(/[.+]/g, '\\$&')).join('|')})[[:space:]]*=.*`
}

function words(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}
