import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { NodeSSH } from 'node-ssh'
import type { Client, ClientChannel } from 'ssh2'
import { UnreachableError } from '../core/error.ts'
import { type Channel, DRAIN_MILLISECONDS, type Ending } from './channel.ts'
import type { HostKeyAlgorithm } from './host-key.ts'
import { type Ahead, sendAhead } from './ssh-ahead.ts'
import { authenticate, type Clock, type Credentials } from './ssh-authentication.ts'
import { type Attempts, explainSsh, type Peer, type Progress } from './ssh-errors.ts'

/** What it takes to become connected to a host over a stream that leads there. */
export interface Login {
  readonly peer: Peer
  /** The connection to the jump host that the stream goes through. */
  readonly through: SshConnection | undefined
  readonly credentials: Credentials
  /** In order of preference. */
  readonly hostKeyAlgorithms: HostKeyAlgorithm[]
  /** Rejects with an UnreachableError for a key that is not trusted. */
  readonly verifyHostKey: (key: Buffer) => Promise<void>
  /** For each of greeting, key exchange and every answer in the authentication. */
  readonly timeoutSeconds: number
  readonly keepaliveSeconds: number
  /** Whether commands will be run there; jump hosts only forward. */
  readonly runsCommands: boolean
}

/** An authenticated connection. */
export class SshConnection {
  readonly peer: Peer
  /** Resolves when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>
  readonly #client: Client
  readonly #stream: Duplex
  readonly #ahead: Ahead | undefined
  readonly #channels = new Set<ClientChannel>()
  #lost: UnreachableError | undefined

  private constructor(client: Client, stream: Duplex, { peer, through, runsCommands }: Login) {
    this.#client = client
    this.#stream = stream
    this.#ahead = sendAhead(client, runsCommands)
    this.peer = peer
    client.setMaxListeners(0)
    const gone = new Promise<void>((resolve) => client.on('close', () => resolve()))
    this.closed = gone.then(async () => {
      await through?.settled()
      if (through?.lost) {
        const message = `${peer.host} was lost with its jump host: ${through.lost.message}`
        this.#lost = new UnreachableError('connection', message, through.lost.hint)
      }
      this.#lost ??= new UnreachableError('connection', `${peer.host} closed the connection`)
    })
  }

  /** Why the connection was lost, once it is. */
  get lost(): UnreachableError | undefined {
    return this.#lost
  }

  /** Resolves when the connection is gone, if it is about to: streams end a moment before the connection that carried them. */
  async settled(): Promise<void> {
    let late: NodeJS.Timeout | undefined
    const moment = new Promise<void>((resolve) => {
      late = setTimeout(resolve, DRAIN_MILLISECONDS)
    })
    await Promise.race([this.closed, moment])
    clearTimeout(late)
  }

  /** @throws {UnreachableError} naming the stage that failed. */
  static async connect(stream: Duplex, login: Login): Promise<SshConnection> {
    const { peer } = login
    const ssh = new NodeSSH()
    const progress: Progress = { stage: 'banner', greeting: '' }
    const attempts: Attempts = { offered: [], unusable: [], certificates: [], accepted: [] }
    let failure: Error | undefined
    const clock = stageClock(login.timeoutSeconds, (error) => {
      failure ??= error
      stream.destroy()
    })
    const connecting = ssh.connect({
      sock: stream,
      username: peer.user,
      readyTimeout: 0,
      keepaliveInterval: login.keepaliveSeconds * 1000,
      keepaliveCountMax: 3,
      algorithms: { serverHostKey: login.hostKeyAlgorithms },
      hostVerifier: (key: Buffer, verify: (trusted: boolean) => void) => {
        login.verifyHostKey(key).then(
          () => verify(true),
          (error: Error) => {
            failure ??= error
            verify(false)
          },
        )
      },
      authHandler: authenticate(login.credentials, attempts, clock, () => connection.#ahead),
    })
    // node-ssh sets `connection` at once, and takes its own error listener away once connected: then an error would end
    // the process (steelbrain/node-ssh#421).
    const client = ssh.connection
    if (client === null) throw new Error('node-ssh made no connection')
    const connection = new SshConnection(client, stream, login)
    client.on('error', (error) => {
      failure ??= error
      if (progress.stage === 'connection') connection.#lost ??= explainSsh(error, peer, progress, attempts)
    })
    followProgress(stream, client, progress, clock, (error) => {
      failure ??= error
      stream.destroy()
    })
    try {
      clock.start()
      await connecting
      progress.stage = 'connection'
      return connection
    } catch (error) {
      stream.destroy()
      if (failure instanceof UnreachableError) throw failure
      throw explainSsh(failure ?? (error instanceof Error ? error : new Error(String(error))), peer, progress, attempts)
    } finally {
      clock.stop()
    }
  }

  /** Runs a command line. @throws {UnreachableError} at stage `channel` or `connection`. */
  open(command: string): Promise<Channel> {
    const exec = (done: Parameters<Client['exec']>[1]) => {
      if (!this.#ahead?.exec(command, done)) this.#client.exec(command, done)
    }
    return this.#request('opens no channel', exec).then((channel) => ({
      stdin: channel,
      stdout: channel,
      stderr: channel.stderr,
      ended: this.#ended(channel),
      // `close` lets go of the connection.
      leave: () => undefined,
      kill: () => kill(channel),
    }))
  }

  /** A stream to another host, through this one. @throws {UnreachableError} at stage `tcp` or `connection`. */
  forward(host: string, port: number): Promise<Duplex> {
    const what = `as jump host cannot reach ${host} port ${port}`
    return this.#request(what, (done) => this.#client.forwardOut('127.0.0.1', 0, host, port, done), 'tcp')
  }

  /**
   * Ends the connection. Where channels are still open it is only shut: sshd writes what came before the end of the stream
   * to their commands, but throws it away when a disconnect message follows. Nobody has to wait for that.
   */
  close(): void {
    if (this.#channels.size === 0) this.#client.end()
    else this.#stream.end(() => this.#stream instanceof Socket && this.#stream.unref())
    this.#ahead?.rest()
    // A peer that is gone answers no more, and would keep this program from ending.
    setTimeout(() => this.#stream.destroy(), DRAIN_MILLISECONDS).unref()
  }

  #request(
    what: string,
    send: (done: (error: Error | undefined, channel: ClientChannel) => void) => void,
    stage: 'channel' | 'tcp' = 'channel',
  ): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        const reason = error.message.replace(/^\(SSH\) Channel open failure: /, '')
        reject(this.#lost ?? new UnreachableError(stage, `${this.peer.host} ${what}: ${reason}`))
      }
      if (this.#lost) return reject(this.#lost)
      send((error, channel) => {
        if (error) return fail(error)
        this.#channels.add(channel)
        channel.once('close', () => this.#channels.delete(channel))
        resolve(channel)
      })
    })
  }

  #ended(channel: ClientChannel): Promise<Ending> {
    return new Promise((resolve) => {
      let ending: Ending | undefined
      const finish = () => {
        const error = this.#lost
        resolve(ending ?? { code: undefined, signal: undefined, ...(error ? { error } : {}) })
      }
      channel.once('exit', (code: number | null, signal?: string) => {
        ending = { code: code ?? undefined, signal }
        setTimeout(() => {
          channel.close()
          finish()
        }, DRAIN_MILLISECONDS).unref()
      })
      channel.once('close', () => {
        if (ending) finish()
        else void this.settled().then(finish)
      })
      void this.closed.then(finish)
    })
  }
}

// sshd hands the signal to the whole process group; where sudo took that out of its reach, the end of its input does it.
function kill(channel: ClientChannel): void {
  if (channel.writable) channel.signal('TERM')
  channel.close()
}

/** A peer that says something else than SSH gets this long to come to it, in milliseconds (RFC 4253 section 4.2 lets it). */
const FOREIGN_GREETING = 2000

function followProgress(
  stream: Duplex,
  client: Client,
  progress: Progress,
  clock: Clock,
  fail: (error: Error) => void,
): void {
  const look = (chunk: Buffer) => {
    if (progress.greeting === '') setTimeout(check, FOREIGN_GREETING).unref()
    progress.greeting = (progress.greeting + chunk.toString('latin1')).slice(0, 1024)
    if (!/^SSH-/m.test(progress.greeting)) return
    stream.off('data', look)
    progress.stage = 'key exchange'
    clock.start()
  }
  const check = () => {
    if (progress.stage === 'banner') fail(new Error('no SSH greeting'))
  }
  stream.on('data', look)
  client.once('handshake', () => {
    progress.stage = 'authentication'
    clock.start()
  })
}

function stageClock(seconds: number, expire: (error: Error) => void): Clock {
  let timer: NodeJS.Timeout | undefined
  const stop = () => clearTimeout(timer)
  const start = () => {
    stop()
    timer = setTimeout(() => expire(new Error(`no answer within ${seconds} s`)), seconds * 1000)
  }
  return { start, stop }
}
