import * as z from 'zod'
import { probe, type Report } from '../core/control.ts'
import { type Finding, type FindingKind, findingsOf } from '../core/finding.ts'
import { type Script, sh } from '../core/shell.ts'
import type { SentMessage } from '../mail/delivery.ts'
import { summarize } from '../mail/describe-message.ts'
import { type Explanation, explainMessage } from '../mail/explain-message.ts'
import { judgeMessage } from '../mail/judge-message.ts'
import { type CheckedMessage, messageKinds } from '../mail/message-findings.ts'
import { authenticate } from '../network/authenticate.ts'
import { clientInTime } from '../network/in-time.ts'
import { within } from '../network/patience.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { duration, path, shell } from './params.ts'
import { resolver } from './probe-fields.ts'
import { sentMessages } from './sent-messages.ts'
import { longestLook } from './server-fields.ts'

const params = () =>
  z
    .strictObject({
      messages: sentMessages(),
      directory: path()
        .describe(
          'Where received mail is kept on the host, one file each: a maildir, or what else the delivery agent writes.',
        )
        .optional(),
      command: shell()
        .describe('Shell text that prints the message whose Message-ID is `$1`, and nothing where there is none.')
        .optional(),
      follow: duration().describe('How long to wait for the messages.').default(30),
      resolver: resolver(),
    })
    .refine(({ directory, command }) => (directory === undefined) !== (command === undefined), {
      path: ['directory'],
      error: 'either directory or command is needed',
    })

type Wanted = z.output<ReturnType<typeof params>>

const kinds = {
  'mail-not-received': {
    importance: 'required',
    summary: 'A message that the receiver took is not in its mailbox',
    remedy: 'See what became of it on the receiving host: `provision logs`',
  },
  ...messageKinds,
} as const satisfies Record<string, FindingKind>

const { wrong } = findingsOf(kinds)

/** A message that was found, with what its header says and what DNS says of it. */
interface Seen {
  readonly sent: SentMessage
  readonly explanation?: Explanation
  readonly checked?: CheckedMessage
}

export const mailReceived = probe({
  name: 'mail_received',
  summary:
    'Fetch messages from the mailbox in which they arrived, and judge them: TLS, IPv6, PTR, SPF, DKIM and DMARC.',
  description: `After \`register: sent\` of \`test_mail\` on the host mx1, in a play behind that one, write \`messages: "{{ hostvars.mx1.sent.messages }}"\`.

What the receiver wrote into the header counts. What it does not tell is looked up in DNS, as another receiver would: chasquid knows no DMARC and no PTR names.
chasquid has no mailbox of its own: this is for hosts whose \`mail_delivery_agent_bin\` keeps one. Messages that were forwarded elsewhere are explained by \`provision explain-mail\`.
\`register\` keeps \`received\`, a list of \`message_id\`, \`found\` and \`wrong\`, the ids of what is wrong.`,
  examples: `
- name: What arrived
  mail_received:
    messages: [{ message_id: "<1@example.org>", from: i@example.org, to: me@example.net, port: 465 }]
    directory: /var/mail/me/Maildir
- mail_received:
    messages: [{ message_id: "<1@example.org>", from: i@example.org, to: me@example.net }]
    command: doveadm fetch -u me text HEADER Message-ID "$1" | sed 1d
`,
  params,
  findings: kinds,
  read: (wanted) => ({ mails: wanted.messages.length === 0 ? sh`` : readMails(wanted) }),

  look: ({ messages, resolver: setting }, { mails }, { signal }) =>
    within(longestLook, signal, async (soon): Promise<readonly Seen[]> => {
      const client = clientInTime(resolverClient(setting), soon)
      const raws = parseMails(mails)
      return Promise.all(
        messages.map(async (sent, index): Promise<Seen> => {
          const raw = raws[index]
          const explanation = raw && explainMessage(raw.toString('latin1'))
          if (!raw || !explanation) return { sent }
          return { sent, explanation, checked: await authenticate(raw, explanation, client) }
        }),
      )
    }),

  judge({ follow }, _, seen): Report {
    const judged = seen.map((one) => judgeOne(one, follow))
    const summaries = judged.flatMap(({ summary }) => summary ?? [])
    return {
      findings: together(judged),
      ...(summaries.length > 0 && { message: summaries.join('\n') }),
      result: {
        received: judged.map(({ sent, findings, summary }) => ({
          message_id: sent.messageId,
          found: summary !== undefined,
          wrong: findings.filter(({ verdict }) => verdict === 'wrong').map(({ id }) => id),
        })),
      },
    }
  },
})

interface Judged {
  readonly sent: SentMessage
  readonly findings: readonly Finding[]
  /** Nothing where the message was not found. */
  readonly summary?: string
}

function judgeOne({ sent, explanation, checked }: Seen, seconds: number): Judged {
  const { from, to, port } = sent
  if (!explanation) {
    const details = { subject: `from ${from} to ${to}`, text: `is not in the mailbox after ${seconds} s` }
    return { sent, findings: [wrong('mail-not-received', { ...details, remedy: kinds['mail-not-received'].remedy })] }
  }
  const findings = judgeMessage(explanation, checked)
  return { sent, findings, summary: `${from} → ${to}, port ${port}: ${summarize(findings, explanation)}` }
}

/** What is the same about all messages is said once; else the port tells them apart. */
function together(judged: readonly Judged[]): readonly Finding[] {
  const all = judged.flatMap(({ sent, findings }) => findings.map((finding) => ({ port: sent.port, finding })))
  const key = (finding: Finding) => JSON.stringify(finding)
  return all.flatMap(({ port, finding }, index) => {
    const alike = all.filter((other) => key(other.finding) === key(finding))
    if (alike.length < judged.length) return [{ ...finding, subject: `${finding.subject}, port ${port}` }]
    return all.findIndex((other) => key(other.finding) === key(finding)) === index ? [finding] : []
  })
}

// A message is sent in base64: a signature is over its bytes, whatever characters they are.
function readMails({ messages, directory, command, follow }: Wanted): Script {
  const print =
    directory === undefined
      ? sh`print() { (set -- "$1"; eval ${command ?? ''}); }`
      : sh`print() (
  cd ${directory} 2>/dev/null || exit 0
  find . -type f -mmin -60 ! -name '.*' ! -path '*/tmp/*' -exec grep -lF -e "$1" {} + | while read -r file; do
    if sed ${'/^\\r*$/q'} "$file" | tr -d '\r\n' | grep -qiF -e "Message-ID: $1"; then
      cat -- "$file"
      break
    fi
  done
)`
  return sh`${print}
end=$(($(date +%s) + ${Math.floor(follow)}))
set -- ${messages.map(({ messageId }) => messageId)}
for id do
  until mail=$(print "$id" | head -c 2000000 | base64 -w 0) && [ -n "$mail" ]; do
    [ "$(date +%s)" -lt "$end" ] || break
    sleep 0.5
  done
  printf '%s\n' "$mail"
done`
}

function parseMails(answer: string): readonly (Buffer | undefined)[] {
  return answer.split('\n').map((line) => (line === '' ? undefined : Buffer.from(line, 'base64')))
}
