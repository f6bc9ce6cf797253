import { UnreachableError } from '../core/error.ts'
import type { HostAddress } from '../core/task.ts'

/** Whether a host dropped the connection before authentication, and nothing else went wrong: worth another try. */
export function wasDropped(said: string): boolean {
  const lines = linesOf(said).filter((line) => !/^Warning: Permanently added /.test(line))
  return lines.some((line) => DROPPED.test(line)) && lines.every((line) => DROPPED.test(line) || CLOSED.test(line))
}

const DROPPED = /^(?:kex|ssh)_exchange_identification: (?:read: )?Connection (?:closed|reset)/
const CLOSED = /^Connection (?:closed|reset) by \S+ port \d+$/

/** What the messages of ssh mean. What a jump host's ssh says stands ahead of what follows from it. */
export function explainSshProgram(said: string, { host }: HostAddress): UnreachableError {
  const lines = linesOf(said)
  const find = (pattern: RegExp) => lines.find((line) => pattern.test(line))
  const last = lines.at(-1) ?? ''
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED/.test(said)) {
    const where = find(/^Offending/)?.replace(/^Offending \S+ key in /, '') ?? 'known_hosts'
    const got = find(/^SHA256:/)?.replace(/\.$/, '') ?? ''
    const message = `${host} shows another host key than ${where}\ngot ${got}`
    const hint = `If the host was reinstalled: ssh-keygen -R ${host}, then again with --accept-new. If not, somebody may be listening: stop.`
    return new UnreachableError('host key', message, hint)
  }
  if (/REVOKED HOST KEY|is marked as revoked|revoked by/.test(said)) {
    const message = `${host} shows a host key that known_hosts revokes`
    return new UnreachableError('host key', message, 'stop, and find out why')
  }
  if (/Host key verification failed/.test(said)) {
    const hint = 'look at its fingerprint, then again with --accept-new; or pin it: host_key'
    const reason = find(/host key is known|Certificate|certificate/) ?? lines[0]
    return new UnreachableError('host key', `${host} shows a host key that is not known: ${reason}`, hint)
  }
  if (/Could not resolve hostname/.test(said)) {
    return new UnreachableError('dns', find(/Could not resolve/) ?? last, 'is host: spelled right?')
  }
  if (/connect to host .* port/.test(said)) return new UnreachableError('tcp', find(/connect to host/) ?? last)
  if (/open failed: /.test(said)) {
    return new UnreachableError('tcp', `a jump host cannot reach ${host}: ${find(/open failed: /)}`)
  }
  if (/Permission denied|Too many authentication failures/.test(said)) {
    const message = `${host} refuses the login: ${find(/Permission denied|Too many/)}`
    const hint =
      'ssh cannot ask here: load the key with ssh-add; the public key, or the authority of its certificate, must be known there'
    return new UnreachableError('authentication', message, hint)
  }
  if (/Unable to negotiate/.test(said)) return new UnreachableError('key exchange', find(/Unable to/) ?? last)
  if (/kex_exchange_identification|banner/.test(said)) {
    return new UnreachableError('banner', `${host}: ${lines[0]}`)
  }
  return new UnreachableError('connection', last === '' ? `ssh lost the connection to ${host}` : `${host}: ${last}`)
}

function linesOf(said: string): string[] {
  return said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
