import * as z from 'zod'
import { probe } from '../core/control.ts'
import { type Script, sh } from '../core/shell.ts'
import { deliveryKinds, followDeliveries, judgeDelivery, type SentMessage } from '../mail/delivery.ts'
import { duration } from './params.ts'
import { sentMessages } from './sent-messages.ts'

const params = () =>
  z.strictObject({
    messages: sentMessages(),
    since: z
      .int()
      .min(0)
      .describe('Second of the host’s clock from which its log is read, as `test_mail` registers it.'),
    follow: duration()
      .describe('How long to wait for the receivers. A message that is put off is tried again after a minute.')
      .default(30),
  })

type Wanted = z.output<ReturnType<typeof params>>

export const mailDelivery = probe({
  name: 'mail_delivery',
  summary: 'Follow messages through the queue of chasquid until their receivers have taken or refused them.',
  description: `After \`register: sent\` of \`test_mail\`, write \`{ messages: "{{ sent.messages }}", since: "{{ sent.since }}" }\`.

The host itself looks into the journal of chasquid several times a second and answers as soon as each message is on its way, or after \`follow\`:
one turn over the network however long it takes. \`register\` keeps \`deliveries\`, a list of \`message_id\`, \`status\` (\`sent\`, \`waiting\`, \`delayed\`, \`bounced\`, \`unseen\`),
\`queue_id\` and \`attempts\` with \`to\`, \`outcome\` and \`reply\`.`,
  examples: `
- name: The receivers have them
  mail_delivery:
    messages: [{ message_id: "<1@example.org>", from: i@example.org, to: me@example.net, port: 465 }]
    since: 1795372939
    follow: 5m
`,
  params,
  findings: deliveryKinds,
  read: (wanted) => ({ log: wanted.messages.length === 0 ? sh`` : readLog(wanted) }),
  look: async () => undefined,
  judge({ messages, follow }, { log }) {
    const deliveries = followDeliveries(messages, parseJournal(log))
    const taken = deliveries.filter(({ status }) => status === 'sent').map(({ message }) => message)
    const receivers = [...new Set(taken.map(({ to }) => to))]
    const lines = receivers.map((to) => `${to}: the receiver took ${portsOf(taken.filter((one) => one.to === to))}`)
    return {
      findings: deliveries.flatMap((delivery) => judgeDelivery(delivery, follow)),
      ...(lines.length > 0 && { message: lines.join('\n') }),
      result: {
        deliveries: deliveries.map(({ message, status, queueId, attempts }) => ({
          message_id: message.messageId,
          status,
          queue_id: queueId ?? null,
          attempts: attempts.map(({ to, outcome, reply }) => ({ to, outcome, reply: reply ?? null })),
        })),
      },
    }
  },
})

function portsOf(messages: readonly SentMessage[]): string {
  return `what was handed in on port ${messages.map(({ port }) => port).join(' and ')}`
}

// What is waited for: as many messages as were sent are queued, and each of these is done.
const finished = `
tolower($2) in senders && $3 == "queued" && tolower($5) in receivers { queued[$1] }
$1 in queued && $3 == "all" && $4 == "done" { done[$1] }
END {
  for (id in done) count++
  exit count < wanted
}`

function readLog({ messages, since, follow }: Wanted): Script {
  const lists = `BEGIN {
  wanted = ${messages.length}
  ${members('senders', messages, ({ from }) => `from=${from}`)}
  ${members('receivers', messages, ({ to }) => `to=[${to}]`)}
}`
  return sh`journal() { journalctl --quiet --no-pager --unit=chasquid --since=${`@${since}`} --output="$1" --output-fields=MESSAGE; }
end=$(($(date +%s) + ${Math.floor(follow)}))
until journal cat | awk ${`${lists}${finished}`}; do
  [ "$(date +%s)" -lt "$end" ] || break
  sleep 0.2
done
journal json`
}

function members(name: string, messages: readonly SentMessage[], of: (message: SentMessage) => string): string {
  const words = new Set(messages.map((message) => of(message).toLowerCase()))
  return [...words].map((word) => `${name}[${JSON.stringify(word)}]`).join('; ')
}

/** The texts of `journalctl --output=json`, where a reply of several lines is one text. */
function parseJournal(answer: string): readonly string[] {
  return (
    answer
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => (JSON.parse(line) as { MESSAGE?: string | number[] }).MESSAGE ?? '')
      // What is not UTF-8 comes as bytes (systemd.journal-fields(7), journalctl(1)).
      .map((message) => (typeof message === 'string' ? message : Buffer.from(message).toString('utf8')))
  )
}
