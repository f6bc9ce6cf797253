/**
 * A mail client, run as a program of its own inside a lab's network: `submit-process.ts JSON`, see proof.ts.
 */
import { createTransport } from 'nodemailer'

export interface Submission {
  readonly address: string
  readonly port: 465 | 587
  /** The name that the server's certificate must have. */
  readonly serverName: string
  readonly from: string
  /** Who logs in, where that is not who it is from. */
  readonly user?: string
  readonly to: string
  readonly subject: string
}

const { address, port, serverName, from, user = from, to, subject } = JSON.parse(process.argv[2] ?? '{}') as Submission
// The password comes on standard input: arguments are public.
let password = ''
for await (const chunk of process.stdin) password += String(chunk)

const transport = createTransport({
  host: address,
  port,
  secure: port === 465,
  requireTLS: true,
  auth: { user, pass: password },
  tls: { servername: serverName },
  connectionTimeout: 10_000,
})
const { response } = await transport.sendMail({
  from,
  to,
  subject,
  text: 'A message that proves a mail server.',
  html: '<p>A message that proves a mail server.</p>',
})
transport.close()
process.stdout.write(`${response}\n`)
