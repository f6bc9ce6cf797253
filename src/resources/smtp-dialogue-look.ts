import type { Patience } from '../network/patience.ts'
import { type Ehlo, openSmtp, type SmtpDialogue, SmtpError } from '../network/smtp-client.ts'
import type { Place } from '../network/tcp.ts'
import type { TlsWish } from '../network/tls.ts'

export type PortName = 'smtp' | 'submission' | 'submissions'

export interface Domains {
  /** Those of the server. */
  readonly own: readonly string[]
  readonly foreign: string
  /** A local part that nobody has. */
  readonly nobody: string
}

/** A message to try, as the paths of MAIL and RCPT. */
interface Trial {
  readonly sender: string
  readonly recipient: string
  /** Accepted, it may still be meant for a mailbox of the server's own domain. */
  readonly isAmbiguous?: true
}

/** What became of it; it ends before DATA. */
export interface Tried extends Trial {
  /** The commands, up to the first that was refused. */
  readonly steps: readonly { readonly command: string; readonly code: number; readonly text: string }[]
  /** Why it was not tried to its end. */
  readonly broken?: string
}

/** What was seen at one port. */
export interface SeenPort {
  /** Why not all could be asked. */
  readonly problem?: string
  /** What the server calls itself: in its greeting and in its answer to EHLO. */
  readonly names: readonly string[]
  /** How AUTH is offered before TLS. */
  readonly clearAuth?: string
  /** Messages without AUTH, at the ports that are for those who log in. */
  readonly submissions: readonly Tried[]
}

/** What was seen at one address. */
export interface SeenMailServer {
  readonly address: string
  readonly ports: { readonly [port in PortName]: SeenPort }
  /** Messages to others. */
  readonly relay: readonly Tried[]
  /** A message to a name that nobody has. */
  readonly nobody: Tried
  /** Messages to postmaster@ and abuse@. */
  readonly duties: readonly Tried[]
}

/** Talks to the three ports of a mail server at once. It never rejects, and no message is ever sent. */
export async function lookAtServer(
  places: { readonly [port in PortName]: Place },
  domains: Domains,
  patience: Patience,
): Promise<SeenMailServer> {
  const duties = domains.own.flatMap((domain) =>
    ['postmaster', 'abuse'].map((name) => ({ sender: '<>', recipient: `<${name}@${domain}>` })),
  )
  const [smtp, submission, submissions, relay, tried, [nobody]] = await Promise.all([
    lookAtPort('smtp', places.smtp, domains, patience),
    lookAtPort('submission', places.submission, domains, patience),
    lookAtPort('submissions', places.submissions, domains, patience),
    tryAll(places.smtp, relayTrials(domains), patience),
    tryAll(places.smtp, duties, patience),
    tryAll(places.smtp, [{ sender: '<>', recipient: `<${domains.nobody}@${domains.own[0]}>` }], patience),
  ])
  const ports = { smtp, submission, submissions }
  return { address: places.smtp.address, ports, relay, nobody: nobody!, duties: tried }
}

// The sender is nobody, a stranger or one of the server's own; the recipient is foreign in all forms that once were
// taken for it (RFC 5321 appendices C and F.2).
function relayTrials({ own: [own = ''], foreign, nobody }: Domains): readonly Trial[] {
  const stranger = `${nobody}@${foreign}`
  return [
    { sender: '<>', recipient: `<${stranger}>` },
    { sender: `<provision@${foreign}>`, recipient: `<${stranger}>` },
    { sender: `<postmaster@${own}>`, recipient: `<${stranger}>` },
    { sender: '<>', recipient: `<@${own}:${stranger}>` },
    { sender: '<>', recipient: `<${nobody}%${foreign}@${own}>`, isAmbiguous: true },
    { sender: '<>', recipient: `<"${stranger}"@${own}>`, isAmbiguous: true },
  ]
}

async function lookAtPort(port: PortName, place: Place, domains: Domains, patience: Patience): Promise<SeenPort> {
  const names: string[] = []
  const submissions: Tried[] = []
  let clearAuth: string | undefined
  const talk = async (smtp: SmtpDialogue) => {
    names.push(smtp.greeting.lines[0]?.split(' ')[0] ?? '')
    const hello = await smtp.ehlo()
    names.push(hello.name)
    if (port !== 'submissions') clearAuth = await findClearAuth(smtp, hello)
    if (port === 'smtp') return
    if (port === 'submission' && hello.extensions.has('STARTTLS')) {
      await smtp.startTls({})
      await smtp.ehlo()
    }
    const [own] = domains.own
    const sender = `<postmaster@${own}>`
    for (const recipient of [`<provision@${domains.foreign}>`, sender]) {
      const tried = await transact(smtp, { sender, recipient })
      submissions.push(tried)
      // Most servers refuse at MAIL already (RFC 6409 section 4.3), and close after a few refusals.
      if (tried.steps.length < 2) return
    }
  }
  // Without SNI: a server may call itself as the client asks for it.
  const problem = await converse(place, patience, talk, port === 'submissions' ? {} : undefined)
  return {
    ...(problem === undefined ? {} : { problem }),
    names: [...new Set(names.map((name) => name.toLowerCase()))],
    ...(clearAuth === undefined ? {} : { clearAuth }),
    submissions,
  }
}

async function findClearAuth(smtp: SmtpDialogue, { extensions }: Ehlo): Promise<string | undefined> {
  const offered = extensions.get('AUTH')
  if (offered !== undefined) return `EHLO offers AUTH ${offered}`
  const reply = await smtp.command('AUTH PLAIN')
  if (reply.code !== 334) return undefined
  // RFC 4954 section 4: the client changes its mind.
  await smtp.command('*')
  return `AUTH PLAIN is answered with ${reply.text}`
}

// Many servers close after three refusals: two messages for each connection.
async function tryAll(place: Place, trials: readonly Trial[], patience: Patience): Promise<readonly Tried[]> {
  const pairs = trials.flatMap((_, index) => (index % 2 === 0 ? [trials.slice(index, index + 2)] : []))
  const tried = pairs.map(async (pair) => {
    const done: Tried[] = []
    const problem = await converse(place, patience, async (smtp) => {
      await smtp.ehlo()
      for (const trial of pair) done.push(await transact(smtp, trial))
    })
    return pair.map((trial, index) => done[index] ?? { ...trial, steps: [], broken: problem ?? '' })
  })
  return (await Promise.all(tried)).flat()
}

async function transact(smtp: SmtpDialogue, trial: Trial): Promise<Tried> {
  const steps: Tried['steps'][number][] = []
  try {
    for (const command of [`MAIL FROM:${trial.sender}`, `RCPT TO:${trial.recipient}`]) {
      const { code, text } = await smtp.command(command)
      steps.push({ command, code, text })
      if (code >= 300) break
    }
    await smtp.command('RSET')
    return { ...trial, steps }
  } catch (error) {
    if (!(error instanceof SmtpError)) throw error
    // What was answered stands, even where the server closed right after it.
    return isDecided(steps) ? { ...trial, steps } : { ...trial, steps, broken: error.message }
  }
}

function isDecided(steps: Tried['steps']): boolean {
  return steps.length === 2 || (steps.at(-1)?.code ?? 0) >= 300
}

/** @returns why the dialogue came to no good end. */
async function converse(
  place: Place,
  patience: Patience,
  talk: (smtp: SmtpDialogue) => Promise<void>,
  implicit?: TlsWish,
): Promise<string | undefined> {
  try {
    const smtp = await openSmtp(place, patience, implicit)
    try {
      if (smtp.greeting.code !== 220) return `the server refuses: ${smtp.greeting.text}`
      await talk(smtp)
      return undefined
    } finally {
      smtp.close()
    }
  } catch (error) {
    if (error instanceof SmtpError) return error.message
    throw error
  }
}
