import { rootCertificates, TLSSocket } from 'node:tls'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { HostError } from '../core/error.ts'
import type { Secret } from '../core/secret.ts'
import { smtpAdvice } from '../mail/smtp-advice.ts'
import { within } from './patience.ts'

/** A message, and where it is handed in. */
export interface Submission {
  /** Name of the server: what its certificate must be for. */
  readonly server: string
  /** Where to connect in place of what DNS says of `server`. */
  readonly address?: string | undefined
  readonly port: number
  /** TLS from the first byte on, as on port 465 (RFC 8314); else STARTTLS, without which nothing is sent. */
  readonly implicit: boolean
  /** Who logs in and sends. */
  readonly from: string
  readonly password: Secret
  readonly to: string
  readonly subject: string
  /** With its angle brackets. */
  readonly messageId: string
  readonly text: string
  readonly html: string
  /** URL or address for List-Unsubscribe. An https URL gets List-Unsubscribe-Post, too (RFC 8058). */
  readonly unsubscribe?: string | undefined
  /** PEM text of certificates that are trusted besides the public ones. */
  readonly ca?: string | undefined
  /** Milliseconds for everything together. */
  readonly timeout: number
  readonly signal: AbortSignal
}

/** A message that the server took. */
export interface Submitted {
  /** The server's reply to the message. */
  readonly response: string
  /** `TLS 1.3`. */
  readonly tls: string
  readonly cipher: string
  /** The server's address. */
  readonly address: string
  /** The port on this side, by which the server's log tells connections apart. */
  readonly localPort: number
}

type Connection = SMTPConnection

/** How far a submission came, for its error. */
type Stage = 'connect' | 'log in' | 'hand over'

/**
 * Hands a message in as a mail program does: over TLS, with the user's password.
 *
 * @throws {HostError} when it is not taken, saying why.
 */
export async function submit(submission: Submission): Promise<Submitted> {
  const raw = await compose(submission)
  const connection = await open(submission)
  const progress: { stage: Stage } = { stage: 'connect' }
  try {
    return await within(submission.timeout, submission.signal, (signal) =>
      converse(connection, submission, raw, progress, signal),
    )
  } catch (error) {
    // Without a code it is a mistake of ours, to be seen as one.
    if (!(error instanceof Error) || !('code' in error)) throw error
    throw explain(error as SmtpFailure, submission, progress.stage)
  } finally {
    connection.close()
  }
}

async function converse(
  connection: Connection,
  { from, to, password }: Submission,
  raw: Buffer,
  progress: { stage: Stage },
  signal: AbortSignal,
): Promise<Submitted> {
  const step = <T>(begin: (end: (error?: Error | null, value?: T) => void) => void) =>
    new Promise<T>((resolve, reject) => {
      const leave = () => reject(Object.assign(new Error('time is over'), { code: 'ETIMEDOUT' }))
      if (signal.aborted) leave()
      signal.addEventListener('abort', leave, { once: true })
      connection.once('error', reject)
      begin((error, value) => (error ? reject(error) : resolve(value as T)))
    })
  await step<void>((end) => connection.connect(end))
  // The types leave out that the socket of a secured connection is one of TLS.
  const socket = connection._socket
  if (!(socket instanceof TLSSocket)) throw new Error('the connection is not secured')
  const { localPort = 0, remoteAddress = '' } = socket
  progress.stage = 'log in'
  await step<boolean>((end) =>
    connection.login({ user: from, credentials: { user: from, pass: password.reveal() } }, end),
  )
  progress.stage = 'hand over'
  const { response } = await step<{ response: string }>((end) => connection.send({ from, to: [to] }, raw, end))
  const tls = (socket.getProtocol() ?? '').replace(/^TLSv/, 'TLS ')
  return { response, tls, cipher: socket.getCipher().standardName, address: remoteAddress, localPort }
}

async function open({ server, address, port, implicit, ca, timeout }: Submission): Promise<Connection> {
  const { default: SmtpConnection } = await import('nodemailer/lib/smtp-connection')
  const connection = new SmtpConnection({
    host: address ?? server,
    port,
    secure: implicit,
    requireTLS: true,
    tls: { servername: server, ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }) },
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
  })
  // For good: an error after the end concerns nobody, but without a listener it would end the process.
  connection.on('error', () => undefined)
  return connection
}

async function compose({ from, to, subject, messageId, text, html, unsubscribe }: Submission): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
  const isOneClick = unsubscribe?.startsWith('https:')
  const headers = {
    ...(unsubscribe === undefined ? {} : { 'List-Unsubscribe': `<${unsubscribe}>` }),
    ...(isOneClick ? { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {}),
  }
  return new MailComposer({ from, to, subject, messageId, text, html, headers }).compile().build()
}

/** What nodemailer adds to errors. */
interface SmtpFailure extends Error {
  readonly code?: string
  readonly originalCode?: string
  readonly command?: string
  readonly response?: string
}

function explain(
  error: SmtpFailure,
  { server, address, port, from, to, timeout, signal }: Submission,
  stage: Stage,
): HostError {
  const place = `${server}${address === undefined ? '' : ` (${address})`} port ${port}`
  const { message, code, originalCode, command = '', response } = error
  const names = /the cert's altnames: (.*)$/.exec(message)?.[1]?.replace(/(?:DNS|IP Address):/g, '')
  if (signal.aborted) return new HostError(`${place}: ended before the message was handed over`)
  if (code === 'EAUTH')
    return new HostError(`${place} refuses the login of ${from}: ${response ?? message}`, {
      hint: `Is ${from} among the senders of its domain, with this password? The playbook \`users\` sets it.`,
    })
  if (response !== undefined && stage === 'hand over') {
    const what = command === 'MAIL FROM' ? `mail from ${from}` : command === 'RCPT TO' ? `mail to ${to}` : 'the message'
    return new HostError(`${place} refuses ${what}: ${response}`, { hint: smtpAdvice(response) })
  }
  if (code === 'ETIMEDOUT')
    return new HostError(`${place}: no answer within ${timeout / 1000} s, trying to ${stage}`, {
      hint: 'A firewall on the way drops packets, or the host is down: `preflight` tells which ports answer.',
    })
  if (originalCode === 'ECONNREFUSED')
    return new HostError(`${place} refuses connections`, {
      hint: 'Does chasquid run there? `systemctl status chasquid`',
    })
  if (code === 'EDNS')
    return new HostError(`${server} has no address in DNS (${originalCode ?? message})`, {
      hint: 'Publish its A and AAAA records, see the playbook `dns`, or name its `address`.',
    })
  if (names !== undefined)
    return new HostError(`the certificate of ${place} is for ${names}, not for ${server}`, {
      hint: '`mail_host` must be one of these names, or the certificate must be issued for it.',
    })
  if (/certificate|issuer/i.test(message)) {
    // Newer versions of Node add an option of their own, which is not ours to type.
    const why = message.replace(/^Error initiating TLS - /, '').replace(/; if the root CA is installed locally.*$/, '')
    const hint = /expired/.test(why)
      ? '`provision site --tags acme` renews it; then chasquid has to be restarted.'
      : 'A certificate authority of your own is named by `ca_bundle` (`testmail.ca_bundle`).'
    return new HostError(`the certificate of ${place} is not trusted: ${why}`, { hint })
  }
  if (command === 'STARTTLS') return new HostError(`${place} does not offer STARTTLS: ${response ?? message}`)
  return new HostError(`${place}: ${message}`)
}
