import * as z from 'zod'
import { parseFile, planFile, readFile } from '../core/file.ts'
import { notReady, resource } from '../core/resource.ts'
import { formatValue } from '../mail/text-proto.ts'
import { CONFIGURATION, NOT_INSTALLED } from './chasquid-host.ts'
import { oneOrMore } from './params.ts'

const FILE = `${CONFIGURATION}/chasquid.conf`

const addresses = () => oneOrMore(z.string().min(1, 'must not be empty')).optional()

/** chasquid.conf(5). */
const settings = z.strictObject({
  hostname: z.string().describe('Name in greeting and HELO: the one that the addresses point back to.').optional(),
  max_data_size_mb: z.int().positive().describe('Largest message, in megabytes.').optional(),
  smtp_address: addresses().describe('Where to listen for mail from other servers; `systemd` takes its socket.'),
  submission_address: addresses().describe('Where to listen for users, with STARTTLS.'),
  submission_over_tls_address: addresses().describe('Where to listen for users, with TLS from the start.'),
  monitoring_address: z
    .string()
    .describe('Where to show metrics and traces, without a password: 127.0.0.1 only.')
    .optional(),
  mail_delivery_agent_bin: z.string().describe('Program that takes mail for local users.').optional(),
  mail_delivery_agent_args: oneOrMore(z.string())
    .describe('Its arguments; %to% and its kin stand for addresses.')
    .optional(),
  data_dir: z.string().describe('Where queue and knowledge of other servers are kept.').optional(),
  suffix_separators: z.string().describe('What separates a suffix from the user, as in user+suffix.').optional(),
  drop_characters: z.string().describe('What does not count in user names.').optional(),
  mail_log_path: z.string().describe('File for the log of mails, or `<syslog>`, `<stdout>`, `<stderr>`.').optional(),
  dovecot_auth: z.boolean().describe('Ask dovecot about users that chasquid does not know.').optional(),
  dovecot_userdb_path: z.string().describe("Dovecot's socket for users.").optional(),
  dovecot_client_path: z.string().describe("Dovecot's socket for clients.").optional(),
  haproxy_incoming: z.boolean().describe('Connections come through HAProxy.').optional(),
  max_queue_items: z
    .int()
    .positive()
    .describe('Mails that may wait (1.16 or newer); a full queue answers 451.')
    .optional(),
  give_up_send_after: z.string().describe('How long delivery is tried, such as 20h (1.16 or newer).').optional(),
})

const params = () =>
  z
    .strictObject({
      settings: settings.describe('The settings of chasquid.conf(5); what is left out has its default.').optional(),
      template: z.string().describe('A template of the whole file, in place of settings.').optional(),
    })
    .refine((wanted) => (wanted.settings === undefined) !== (wanted.template === undefined), {
      path: ['settings'],
      error: 'either settings or template is needed',
    })

export const chasquid = resource({
  name: 'chasquid',
  summary: "Write chasquid's configuration, after chasquid itself has accepted it.",
  description: 'A new configuration counts from the next start on: notify a handler that restarts chasquid.',
  examples: `
- chasquid: { settings: { hostname: smtp.example.org, max_data_size_mb: 50 } }
  notify: restart chasquid
`,
  params,

  files: { template: 'template' },

  read: () => ({ file: readFile(FILE) }),

  plan({ settings }, now, { template }) {
    const found = parseFile(now.file)
    if (found.kind === 'no directory') return notReady(NOT_INSTALLED)
    return planFile(
      { path: FILE, content: settings ? formatSettings(settings) : template.content, validate: VALIDATE },
      found,
    )
  },
})

// chasquid-util reads a directory, not a file. 1.15 ignores --config_dir without a word, and 1.7 and newer want "=".
const VALIDATE = `trial() {
  directory=$(mktemp -d) && cp -- "$1" "$directory/chasquid.conf" || return
  said=$(chasquid-util -C="$directory" print-config 2>&1)
  set -- $?
  rm -rf "$directory"
  [ "$1" -eq 0 ] || echo "$said" >&2
  return "$1"
}
trial %s`

/** The text format of protocol buffers: a list is the field several times. */
function formatSettings(values: z.output<typeof settings>): string {
  return Object.entries(values)
    .flatMap(([key, value]) => [value ?? []].flat().map((one) => `${key}: ${formatValue(one)}\n`))
    .join('')
}
