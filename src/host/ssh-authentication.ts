import type { AnyAuthMethod, AuthHandlerMiddleware, ParsedKey } from 'ssh2'
import { expandHome, type SshConfig } from './config.ts'
import { fingerprint, keyType } from './known-hosts.ts'
import { AgentKeys } from './ssh-agent.ts'
import type { Ahead } from './ssh-ahead.ts'
import type { Attempts } from './ssh-errors.ts'
import { type KeyFiles, publicHalf, shorten } from './ssh-keys.ts'

/** What a user can log in with. */
export interface Credentials {
  readonly user: string
  /** The key that the inventory names. */
  readonly key: string | undefined
  readonly config: SshConfig
  readonly files: KeyFiles
}

/**
 * The keys to offer, one after another. A key that the inventory names comes first, out of the agent where that has it,
 * so that its passphrase is not asked for. Otherwise the agent's keys come first and then the files of ssh_config.
 */
async function* methods(
  credentials: Credentials,
  attempts: Attempts,
  opening: Promise<AgentKeys | undefined> | undefined,
): AsyncGenerator<AnyAuthMethod> {
  const { user: username, key, config, files } = credentials
  const agent = await opening
  const named = key !== undefined || config.identitiesOnly
  const offered = new Set<string>()
  const offerAgent = function* (keys: AgentKeys | undefined): Generator<AnyAuthMethod> {
    if (!keys) return
    for (const each of keys.keys) offered.add(fingerprint(each.getPublicSSH()))
    attempts.offered.push(...keys.describe())
    yield { type: 'agent', username, agent: keys }
  }
  if (!named) yield* offerAgent(agent)
  for (const file of key === undefined ? config.identityFiles : [expandHome(key)]) {
    const half = await publicHalf(file)
    if (half && keyType(half).startsWith('sk-')) {
      attempts.unusable.push(`${shorten(file)} (a FIDO key, for the ssh program only: connection: openssh)`)
      continue
    }
    if (await publicHalf(`${file}-cert`)) attempts.certificates.push(`${shorten(file)}-cert.pub`)
    if (half && offered.has(fingerprint(half))) continue
    const loaded = half && agent?.only((other) => other.equals(half))
    if (loaded) {
      yield* offerAgent(loaded)
      continue
    }
    const found = await files.get(file)
    if ('unusable' in found) attempts.unusable.push(found.unusable)
    else if ('key' in found) {
      attempts.offered.push(shorten(file))
      yield { type: 'publickey', username, key: found.key }
    } else if (key !== undefined) attempts.unusable.push(`${shorten(file)} (does not exist)`)
  }
  if (key !== undefined && !config.identitiesOnly) {
    yield* offerAgent(agent?.only((other) => !offered.has(fingerprint(other))))
  }
  // Nothing to offer: at least the host says what it would accept.
  if (attempts.offered.length === 0) yield { type: 'none', username }
}

/** Pauses and restarts the limit on how long the host may take; people may take longer to type a passphrase. */
export interface Clock {
  stop(): void
  start(): void
}

/**
 * Hands ssh2 one method after another, and learns from it what the host accepts.
 *
 * @param ahead answers what is sent without waiting, where that is possible.
 */
export function authenticate(
  credentials: Credentials,
  attempts: Attempts,
  clock: Clock,
  ahead: () => Ahead | undefined,
): AuthHandlerMiddleware {
  // The agent answers while keys are exchanged.
  const { agent } = credentials.config
  const source = methods(credentials, attempts, agent === undefined ? undefined : AgentKeys.open(agent))
  return (left: readonly string[] | null, _partial, next) => {
    if (left) attempts.accepted = left
    // ssh2 takes false for "no more methods"; its types do not say so.
    const proceed = next as (method: AnyAuthMethod | false) => void
    clock.stop()
    source.next().then(
      async ({ done, value }) => {
        clock.start()
        if (done) return proceed(false)
        const keys = keysOf(value)
        if (keys.some(({ type }) => type === 'ssh-rsa')) await ahead()?.extensions
        ahead()?.soleAgent(value.type === 'agent' && value.agent instanceof AgentKeys ? value.agent : undefined)
        proceed(value)
      },
      (error: unknown) => {
        attempts.unusable.push(String(error))
        proceed(false)
      },
    )
  }
}

function keysOf(method: AnyAuthMethod): readonly ParsedKey[] {
  if (method.type === 'agent' && method.agent instanceof AgentKeys) return method.agent.keys
  // A key of ours was parsed already, which ssh2's types cannot tell.
  return method.type === 'publickey' ? [method.key as ParsedKey] : []
}
