import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { Act, Report } from '../core/control.ts'
import { HostError } from '../core/error.ts'
import { findingsOf } from '../core/finding.ts'
import { resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { deliveryKinds, type SentMessage } from '../mail/delivery.ts'
import { domainOf } from '../mail/explain-message.ts'
import { type Submitted, submit } from '../network/submit.ts'
import { duration, line } from './params.ts'
import { domainName } from './probe-fields.ts'
import { secret } from './secret-field.ts'
import { caBundle, readCaBundle } from './server-fields.ts'

const params = () =>
  z.strictObject({
    server: domainName().describe('Name of the server, which its certificate must be for.'),
    address: z
      .union([z.ipv4(), z.ipv6()], { error: 'must be an IPv4 or IPv6 address' })
      .describe('Where to connect, in place of what DNS says of the server.')
      .optional(),
    ports: z
      .array(z.union([z.literal(465), z.literal(587)]))
      .min(1)
      .describe('Ports to try, one message each: 465 is TLS from the start, 587 STARTTLS.')
      .default([465, 587]),
    from: z.email().describe('Who logs in and sends.'),
    password: secret().describe('The password. It goes to the server only, under TLS.'),
    to: z.email().describe('Who is written to.'),
    subject: line().describe('Subject of the messages. Default: which server and port they test.').optional(),
    unsubscribe: z
      .string()
      .regex(/^(https|mailto):\S+$/, 'must be an https: or mailto: address')
      .describe('For List-Unsubscribe, as in a newsletter; with https also for one click (RFC 8058).')
      .optional(),
    ca_bundle: caBundle(),
    timeout: duration().describe('How long one submission may take.').default(20),
  })

type Wanted = z.output<ReturnType<typeof params>>

const { right, wrong } = findingsOf(deliveryKinds)

export const testMail = resource({
  name: 'test_mail',
  summary: 'Hand a message in at a mail server, as a mail program does.',
  description: `From here, not from the host: over TLS, with the user's password, as text and HTML. Sends at every run, and never in a check.
A message that is not taken is the finding \`mail-not-accepted\` with the reason in words; the ports are tried one after another, whatever happens to the first.
\`register\` keeps \`from\`, \`to\`, \`since\` (the host's clock before the first one) and \`messages\`, which \`mail_delivery\` and \`mail_received\` take: a list of \`message_id\`, \`from\`, \`to\`, \`port\`, \`local_port\`, \`tls\`, \`cipher\` and the server's \`response\`.`,
  examples: `
- name: Test messages
  test_mail:
    server: smtp.example.org
    from: i@example.org
    password: "{{ secrets.i }}"
    to: me@example.net
  register: sent
`,
  params,
  read: () => ({ clock: sh`date +%s` }),
  plan: () => [],

  async control(wanted, { clock }, { signal }) {
    const ca = await readCaBundle(wanted.ca_bundle)
    const messages: (SentMessage & Submitted)[] = []
    const act = (port: 465 | 587): Act => ({
      what: `message to ${wanted.to} through ${wanted.server} port ${port}`,
      from: 'unsent',
      to: 'sent',
      always: true,
      async apply() {
        const report = await send(wanted, port, ca, signal, messages)
        const { from, to } = wanted
        return { ...report, result: { from, to, since: Number(clock), messages: messages.map(toResult) } }
      },
    })
    return { acts: wanted.ports.map(act) }
  },
})

async function send(
  wanted: Wanted,
  port: 465 | 587,
  ca: string | undefined,
  signal: AbortSignal,
  messages: (SentMessage & Submitted)[],
): Promise<Report> {
  const { server, from, to, timeout } = wanted
  const subject = `submission, port ${port}`
  const text = `This message tests ${server} port ${port}.`
  const messageId = `<${randomUUID()}@${domainOf(from)}>`
  try {
    const taken = await submit({
      ...wanted,
      port,
      implicit: port === 465,
      subject: wanted.subject ?? `Test of ${server} port ${port}`,
      messageId,
      text: `${text}\n`,
      html: `<p>${text}</p>\n`,
      ca,
      timeout: timeout * 1000,
      signal,
    })
    messages.push({ ...taken, messageId, from, to, port })
    return { findings: [right('mail-not-accepted', { subject, text: `${taken.tls}, ${taken.cipher}` })] }
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    const { message, hint = deliveryKinds['mail-not-accepted'].remedy } = error
    return { findings: [wrong('mail-not-accepted', { subject, text: message, remedy: hint })] }
  }
}

function toResult({ messageId, from, to, port, localPort, tls, cipher, response }: SentMessage & Submitted) {
  return { message_id: messageId, from, to, port, local_port: localPort, tls, cipher, response }
}
