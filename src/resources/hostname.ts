import * as z from 'zod'
import { type FileState, parseFile, planFile, readFile } from '../core/file.ts'
import { type Change, change, isChanges, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { parseHostsNames, planHostsLine, readHostsLines } from './hosts-file.ts'

/** Debian's address for the name of a host without a permanent address (Debian Reference 5.1.1). */
const OWN_ADDRESS = '127.0.1.1'
const CLOUD_INIT = '/etc/cloud/cloud.cfg.d/99-provision-hostname.cfg'

export const hostname = resource({
  name: 'hostname',
  summary: "Set the host's name, now and for the next boot.",
  description: `Writes /etc/hostname, sets the running name and keeps the line of 127.0.1.1 in /etc/hosts, so that \`hostname -f\` answers without DNS.
Where cloud-init is installed it is told to leave the name alone.`,
  examples: `
- hostname: { name: smtp.example.org, mailname: true }
`,
  params: () =>
    z.strictObject({
      name: z
        .string()
        .max(64)
        .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, 'must be a host name in lower case')
        .describe('The name; a mail host has its full one, such as smtp.example.org.'),
      hosts: z.boolean().describe('Keep the line of 127.0.1.1 in /etc/hosts.').default(true),
      mailname: z
        .boolean()
        .describe('Write the name to /etc/mailname, too, where Debian programs look for the mail name.')
        .default(false),
    }),

  read: ({ hosts, mailname }) => ({
    saved: readFile('/etc/hostname'),
    running: sh`read -r name </proc/sys/kernel/hostname && printf '%s\n' "$name"`,
    hosts: hosts ? readHostsLines(OWN_ADDRESS) : sh``,
    mailname: mailname ? readFile('/etc/mailname') : sh``,
    cloud: readFile(CLOUD_INIT),
  }),

  plan({ name, hosts, mailname }, now) {
    const cloud = parseFile(now.cloud)
    return [
      ...written('/etc/hostname', `${name}\n`, parseFile(now.saved)),
      ...change('running host name', now.running.trim(), name, sh`hostname ${name}`),
      ...(hosts ? planHostsLine(OWN_ADDRESS, parseHostsNames(now.hosts), fullAndShort(name)) : []),
      ...(mailname ? written('/etc/mailname', `${name}\n`, parseFile(now.mailname)) : []),
      ...(cloud.kind === 'no directory' ? [] : written(CLOUD_INIT, 'preserve_hostname: true\n', cloud)),
    ]
  },
})

function fullAndShort(name: string): readonly string[] {
  const short = name.split('.')[0] ?? name
  return short === name ? [name] : [name, short]
}

// These directories exist on every host, and a directory in the place of such a file is beyond repair by us.
function written(path: string, content: string, now: FileState): readonly Change[] {
  const plan = planFile({ path, content }, now)
  return isChanges(plan) ? plan : []
}
