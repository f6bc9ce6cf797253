import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HostAddress } from '../../src/core/task.ts'
import { waitFor } from './victims.ts'

const program = '/usr/sbin/sshd'

/** A folder for keys, and an ssh_config that keeps this user's own configuration, keys and known hosts out of the tests. */
export class SshFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'provision-ssh-'))
  readonly knownHosts = join(this.path, 'known_hosts')
  readonly authorizedKeys = join(this.path, 'authorized_keys')
  readonly #before = { path: process.env.PATH, agent: process.env.SSH_AUTH_SOCK }

  constructor() {
    if (!existsSync(program)) execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'openssh-server'])
    mkdirSync('/run/sshd', { recursive: true })
    writeFileSync(join(this.path, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${this.path}/config "$@"\n`, { mode: 0o755 })
    process.env.PATH = `${this.path}:${this.#before.path}`
    process.env.SSH_AUTH_SOCK = ''
    this.configure('')
  }

  /** Sets the user's ssh_config, ahead of the lines that keep the tests apart. */
  configure(lines: string): void {
    const own = `UserKnownHostsFile ${this.knownHosts}\nGlobalKnownHostsFile none\nIdentityFile ${this.path}/default\n`
    writeFileSync(join(this.path, 'config'), `${lines}\nHost *\n${own}`)
  }

  /** Makes a key pair; answers the private key's file. */
  key(name: string, options: { type?: string; passphrase?: string; authorized?: boolean } = {}): string {
    const file = join(this.path, name)
    spawnSync('ssh-keygen', [
      '-q',
      '-t',
      options.type ?? 'ed25519',
      '-N',
      options.passphrase ?? '',
      '-C',
      name,
      '-f',
      file,
    ])
    if (options.authorized) spawnSync('sh', ['-c', 'cat "$0.pub" >>"$1"', file, this.authorizedKeys])
    return file
  }

  remove(): void {
    process.env.PATH = this.#before.path
    process.env.SSH_AUTH_SOCK = this.#before.agent ?? ''
    rmSync(this.path, { recursive: true })
  }
}

/** A real sshd on a port of the loopback interface. */
export class TestSshd {
  readonly port: number
  readonly process: ChildProcess
  log = ''

  private constructor(port: number, process: ChildProcess) {
    this.port = port
    this.process = process
    process.stderr?.on('data', (chunk: Buffer) => {
      this.log += chunk.toString()
    })
  }

  /** @param settings more lines of sshd_config, or other values for these. */
  static async start(
    folder: SshFolder,
    hostKeys: readonly string[],
    settings: readonly string[] = [],
  ): Promise<TestSshd> {
    const port = await freePort()
    const lines = [
      ...settings,
      ...hostKeys.map((file) => `HostKey ${file}`),
      'ListenAddress 127.0.0.1',
      `Port ${port}`,
      `AuthorizedKeysFile ${folder.authorizedKeys}`,
      'StrictModes no',
      'PidFile none',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
    ]
    const config = join(folder.path, `sshd-${port}`)
    writeFileSync(config, `${lines.join('\n')}\n`)
    const child = spawn(program, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] })
    const sshd = new TestSshd(port, child)
    await waitFor('sshd listens', () => sshd.log.includes('listening'), 5000)
    return sshd
  }

  /** The address of this server, for the user that runs the tests. */
  address(more: Partial<HostAddress> = {}): HostAddress {
    return { name: 'mx1', host: '127.0.0.1', port: this.port, user: 'root', connection: 'ssh', ...more }
  }

  stop(): void {
    this.process.kill()
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Lets a server listen on a free port of the loopback interface. */
export function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
}

/** A forwarder whose connections can be cut. */
export class Forwarder {
  readonly #sockets: Socket[] = []
  readonly #server: Server
  port = 0

  constructor(target: number) {
    this.#server = createServer((socket) => {
      const other = connect(target, '127.0.0.1')
      for (const end of [socket, other]) {
        this.#sockets.push(end)
        // A cut connection fails on both ends, as it is meant to.
        end.on('error', () => undefined)
      }
      socket.pipe(other).pipe(socket)
    })
  }

  async start(): Promise<this> {
    this.port = await listen(this.#server)
    return this
  }

  /** Cuts all connections without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** Forwards nothing any more, and closes nothing. */
  freeze(): void {
    for (const socket of this.#sockets) socket.unpipe().pause()
  }

  stop(): void {
    this.cut()
    this.#server.close()
  }
}
