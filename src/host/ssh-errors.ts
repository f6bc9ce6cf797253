import { type Stage, UnreachableError } from '../core/error.ts'

/** How far an SSH connection has come. */
export interface Progress {
  stage: Extract<Stage, 'banner' | 'key exchange' | 'authentication' | 'connection'>
  /** What the host sent first, as far as it is text. */
  greeting: string
}

export interface Peer {
  readonly host: string
  readonly port: number
  readonly user: string
}

/** What was tried to log in with. */
export interface Attempts {
  /** Keys that were offered, in the words of the user. */
  readonly offered: string[]
  /** Keys that could not be used, and why. */
  readonly unusable: string[]
  /** Certificates beside the keys: they could not be offered. */
  readonly certificates: string[]
  /** What the host would accept, once it has said so. */
  accepted: readonly string[]
}

/** Whether the host dropped the connection before authentication, as sshd does beyond MaxStartups: worth another try. */
export class DroppedError extends UnreachableError {}

/** Whether only the ssh program can reach the host as ssh_config and known_hosts want it. */
export class ProgramNeeded extends UnreachableError {
  constructor(message: string) {
    super('connection', message, 'connection: openssh')
  }
}

/** What an error of ssh2 means for the user. */
export function explainSsh(error: Error, peer: Peer, progress: Progress, attempts: Attempts): UnreachableError {
  switch (progress.stage) {
    case 'banner':
      return explainBanner(error, peer, progress.greeting)
    case 'key exchange':
      return explainKeyExchange(error, peer)
    case 'authentication':
      return explainAuthentication(error, peer, attempts)
    case 'connection':
      return explainLoss(error, peer)
  }
}

/** What an error ahead of the host's own greeting means. */
export function explainBanner(error: Error, { host, port }: Omit<Peer, 'user'>, greeting: string): UnreachableError {
  const line =
    greeting
      .split('\n')[0]
      ?.replace(/[^\x20-\x7e]/g, '')
      .slice(0, 120) ?? ''
  // What sshd says when it takes no more connections, or none from here for now (sshd_config(5), PerSourcePenalties).
  if (/^Exceeded MaxStartups/.test(line)) {
    return new DroppedError(
      'banner',
      `sshd of ${host} has too many logins in progress (MaxStartups)`,
      'fewer --forks, or wait',
    )
  }
  if (/^Not allowed at this time/.test(line)) {
    const hint =
      'wait some minutes, and find out which logins failed; PerSourcePenaltyExemptList in its sshd_config exempts this address'
    return new UnreachableError(
      'banner',
      `sshd of ${host} takes no connections from here for now: it punishes failed ones`,
      hint,
    )
  }
  if (line !== '' && !/^SSH-/m.test(greeting)) {
    const installing = /install|rescue|setup|please wait|boot|starting/i.test(greeting)
    const hint = installing ? 'the host seems to be busy installing: wait until it is done' : 'is port: right?'
    return new UnreachableError('banner', `${host} port ${port} does not speak SSH; it greets with "${line}"`, hint)
  }
  if (/reset|lost before handshake|ended/i.test(error.message)) {
    const hint =
      'sshd drops connections beyond MaxStartups, and from addresses that it penalises: fewer --forks, or wait'
    return new DroppedError('banner', `${host} port ${port} closed the connection before it greeted`, hint)
  }
  return new UnreachableError('banner', `${host} port ${port} sends no SSH greeting (${lowerFirst(error.message)})`)
}

function explainKeyExchange(error: Error, { host }: Peer): UnreachableError {
  const message = error.message.replace(/^Handshake failed: /, '')
  if (/no matching/.test(message)) {
    const hint = 'connection: openssh uses the ssh program, which knows more (post-quantum key exchange, certificates)'
    return new UnreachableError('key exchange', `${host} and this program share no algorithm: ${message}`, hint)
  }
  if (/ECONNRESET|before handshake/.test(message)) {
    return new DroppedError('key exchange', `${host} closed the connection during the key exchange`)
  }
  return new UnreachableError('key exchange', `the key exchange with ${host} failed: ${lowerFirst(message)}`)
}

function explainAuthentication(error: Error, { host, user }: Peer, attempts: Attempts): UnreachableError {
  const fail = (message: string, hint: string) => new UnreachableError('authentication', message, hint)
  const tried = [
    ...(attempts.offered.length > 0 ? [`offered: ${attempts.offered.join(', ')}`] : []),
    ...attempts.unusable.map((reason) => `not usable: ${reason}`),
  ].join('\n')
  const detail = tried === '' ? '' : `\n${tried}`
  if (/[Tt]oo many authentication failures/.test(error.message)) {
    return fail(`${host} stopped after too many keys for ${user}${detail}`, 'name the one key in the inventory: key')
  }
  if (!/authentication methods failed|publickey/.test(error.message)) {
    return fail(
      `logging in to ${host} as ${user} failed: ${lowerFirst(error.message)}${detail}`,
      'see sshd’s log on the host',
    )
  }
  if (attempts.offered.length === 0) {
    return fail(
      `there is no key to log in to ${host} with as ${user}${detail}`,
      'make one with ssh-keygen, load it with ssh-add, or name it in the inventory: key',
    )
  }
  if (attempts.certificates.length > 0) {
    const hint = `connection: openssh, if the host wants the certificate: only the ssh program can offer ${attempts.certificates.join(', ')}`
    return fail(`${host} refuses ${user}${detail}`, hint)
  }
  const accepted = attempts.accepted.length === 0 ? '' : `; it accepts ${attempts.accepted.join(', ')}`
  return fail(
    `${host} refuses ${user}${accepted}${detail}`,
    `is the user right, and the key in the host's authorized_keys? ssh-copy-id ${user}@${host}`,
  )
}

function explainLoss(error: Error, { host }: Peer): UnreachableError {
  const reason = /[Kk]eepalive timeout/.test(error.message) ? 'it does not answer any more' : lowerFirst(error.message)
  return new UnreachableError('connection', `the connection to ${host} was lost: ${reason}`)
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text
}
