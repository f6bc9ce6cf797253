import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../../src/core/json.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { Controller, cli, type Said } from './controller.ts'
import { Running } from './running.ts'

/** A controller with an ssh_config, known hosts and keys of its own, on which programs can be watched while they run. */
export class Laptop extends Controller {
  readonly knownHosts = join(this.folder, 'known_hosts')
  #inventories = 0
  readonly #started: Running[] = []

  /** @param sshConfig lines ahead of those that keep the tests apart from this machine's user. */
  constructor(lab: Lab, sshConfig = '') {
    super(lab)
    const own = `UserKnownHostsFile ${this.knownHosts}\nGlobalKnownHostsFile none\nIdentityFile ${this.folder}/default\n`
    this.write('config', `${sshConfig}\nHost *\n${own}`)
    // OpenSSH finds its files by the user's entry in passwd, whatever HOME says.
    chmodSync(this.write('ssh', `#!/bin/sh\nexec /usr/bin/ssh -F ${this.folder}/config "$@"\n`), 0o755)
  }

  override get environment(): Record<string, string> {
    return { ...super.environment, PATH: `${this.folder}:${process.env.PATH}`, TERM: 'xterm', SHELL: '/bin/sh' }
  }

  /** Writes an inventory; answers the words that name it on the command line. */
  inventory(name: string, hosts: { readonly [name: string]: JsonObject }): readonly ['-i', string] {
    const vars = { user: 'root', key: join(this.lab.directory, 'key') }
    return ['-i', this.write(`${name}.yaml`, JSON.stringify({ all: { vars, hosts } }))]
  }

  /** An inventory of `openTwoHosts`, with more fields for the broken host, or for both. */
  twoHosts(broken: JsonObject = {}, both: JsonObject = {}): readonly ['-i', string] {
    const address = (name: string): JsonObject => ({ host: this.lab.host(name).ipv4, ...both })
    const name = `inventory-${++this.#inventories}`
    return this.inventory(name, { fine: address('fine'), broken: { ...address('broken'), ...broken } })
  }

  /** Runs shell text on a host, not through ssh; it has to succeed. */
  onHost(host: string, command: string): Promise<string> {
    return this.lab.demand(host, ['sh', '-c', command])
  }

  /** Starts `provision ARGS` without a terminal. */
  start(...args: readonly string[]): Running {
    return this.#start([process.execPath, cli, ...args], this.environment)
  }

  /** Starts `provision ARGS` on a terminal; what is typed on it, Ctrl-C too, goes through the terminal. */
  startOnTerminal(columns: number, rows: number, ...args: readonly string[]): Running {
    const command = `stty columns ${columns} rows ${rows}; exec "$NODE" ${[cli, ...args].map((word) => `'${word}'`).join(' ')}`
    const environment = { ...this.environment, CI: '', NODE: process.execPath }
    return this.#start(['script', '--quiet', '--return', '--flush', '--command', command, '/dev/null'], environment)
  }

  override close(): void {
    // Those that a test left behind because it failed.
    for (const running of this.#started) running.signal('SIGKILL')
    super.close()
  }

  #start(argv: readonly string[], environment: Record<string, string>): Running {
    const running = new Running(this.lab.inNamespace(argv, { stdio: 'pipe', env: { ...process.env, ...environment } }))
    this.#started.push(running)
    return running
  }
}

/** Two bare hosts, of which tests break one: `fine` is a Debian 12, `broken` a Debian 13. */
export function openTwoHosts(): Promise<Lab> {
  return openLab({
    hosts: [
      { name: 'fine', release: 'bookworm' },
      { name: 'broken', release: 'trixie' },
    ],
  })
}

/** What a user reads: without the times, and with no more than two blanks in a row. */
export function read({ stdout }: Pick<Said, 'stdout'>): string {
  return stdout.replaceAll(/(?<=\S) {2,}/g, '  ').replaceAll(/ {2}[\d.]+ (?:s|ms)$/gm, '')
}
