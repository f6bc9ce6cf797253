/**
 * A lab: disposable real hosts on this machine, in a network of their own.
 */
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { knownHosts, makeHostKeys, prepareDisk } from './arrival.ts'
import { demand, type ExecuteOptions, execute, type Outcome, start } from './execute.ts'
import { booted, leader, mountRoot, powerCut, powerOn, runInside } from './machine.ts'
import { type HostPlaces, hostPlaces, labNamespace } from './names.ts'
import { labDirectory } from './places.ts'
import type { HostRecord, LabHost, LabRecord } from './state.ts'
import { takeDown } from './take-down.ts'
import { unmountBelow } from './tree.ts'
import { trust } from './trust.ts'
import { prepareWorld } from './world.ts'

/** Long enough for a busy machine; a boot takes about a second on a quiet one. */
const bootSeconds = 90

/** A running lab. Hosts are named by their name or by their entry in `hosts`. */
export class Lab {
  readonly id: string
  /** The hosts to be provisioned, as they were asked for. */
  readonly hosts: readonly LabHost[]
  /** The host that answers DNS and issues certificates, in a lab with a world. */
  readonly nameserver: LabHost | undefined
  /** The mail domains that the nameserver is responsible for. */
  readonly domains: readonly string[]
  /** The network namespace of the controller: what talks to the hosts has to run in it, see `inNamespace`. */
  readonly namespace: string
  /**
   * Where the lab's files are: key, key.pub, known_hosts; with a world also ca.pem (signed the API's certificate), issuer.pem
   * (issues), roots.pem (both), tsig.key and tsig.secret.
   */
  readonly directory: string
  readonly #record: LabRecord
  readonly #onClose: () => void

  constructor(record: LabRecord, onClose: () => void) {
    this.id = record.id
    this.hosts = record.hosts.filter(({ isWorld }) => !isWorld)
    this.nameserver = record.hosts.find(({ isWorld }) => isWorld)
    this.domains = record.domains
    this.namespace = labNamespace(record.id)
    this.directory = labDirectory(record.id)
    this.#record = record
    this.#onClose = onClose
  }

  /** The host with this name; an error says which there are. */
  host(name: string): LabHost {
    return this.#find(name)
  }

  /** Runs a program inside a host as root, without ssh. Any exit status is an answer. */
  run(host: LabHost | string, argv: readonly string[], options: ExecuteOptions = {}): Promise<Outcome> {
    return runInside(this.#places(host), argv, options)
  }

  /** Like `run`, for programs that have to succeed; returns what they print. */
  async demand(host: LabHost | string, argv: readonly string[], options: ExecuteOptions = {}): Promise<string> {
    const { status, stdout, stderr } = await this.run(host, argv, options)
    if (status === 0) return stdout
    throw new Error(`on ${this.#find(host).name}, ${argv.join(' ')} exited with ${status}:\n${stderr || stdout}`)
  }

  /** The folder with everything the host wrote since it was created: a check that wrote nothing left no trace here. */
  upperDirectory(host: LabHost | string): string {
    return this.#places(host).upper
  }

  /** The host's whole file system, seen from this machine. */
  rootDirectory(host: LabHost | string): string {
    return this.#places(host).root
  }

  /** What the host said while booting. */
  console(host: LabHost | string): Promise<string> {
    return readFile(this.#places(host).console, 'utf8')
  }

  /** Starts a program of this machine in the lab's network, such as the command line under test. */
  inNamespace(argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
    return start(this.namespaceCommand(argv), options)
  }

  /** Runs a program of this machine in the lab's network to its end. */
  execute(argv: readonly string[], options: ExecuteOptions = {}): Promise<Outcome> {
    return execute(this.namespaceCommand(argv), options)
  }

  /** The argument list that runs a program in the lab's network. */
  namespaceCommand(argv: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.namespace, ...argv]
  }

  /** The argument list of an ssh that knows this lab's keys, to be run in its network. */
  sshCommand(host: LabHost | string, command: readonly string[] = [], user = 'root'): string[] {
    const options = [
      ...['-i', join(this.directory, 'key'), '-o', 'IdentitiesOnly=yes', '-o', 'StrictHostKeyChecking=yes'],
      ...['-o', `UserKnownHostsFile=${join(this.directory, 'known_hosts')}`, '-o', 'GlobalKnownHostsFile=none'],
    ]
    return ['ssh', '-F', 'none', ...options, `${user}@${this.#find(host).ipv4}`, ...command]
  }

  /** Waits until the host has booted and lets root in through ssh. */
  async waitForSsh(host: LabHost | string, seconds = bootSeconds): Promise<void> {
    const { name } = this.#find(host)
    const deadline = Date.now() + seconds * 1000
    if (!(await booted(this.#places(host), deadline))) throw new Error(await this.#notBooted(name, seconds))
    let last = ''
    while (Date.now() < deadline) {
      const answer = await this.execute(this.sshCommand(name, ['true']), { timeoutSeconds: seconds })
      if (answer.status === 0) return
      last = answer.stderr.trim()
      await sleep(50)
    }
    throw new Error(`${name} booted, but ssh did not let us in within ${seconds} s: ${last}`)
  }

  /** Pulls the plug: every process of the host ends at once, its disk stays as it is at that moment. */
  powerOff(host: LabHost | string): Promise<void> {
    return powerCut(this.#places(host))
  }

  /** Whether the host is on. */
  async isOn(host: LabHost | string): Promise<boolean> {
    return (await leader(this.#places(host))) !== undefined
  }

  /** Switches a host on that is off, and waits for it. */
  async boot(host: LabHost | string): Promise<void> {
    const record = this.#find(host)
    await powerOn(this.#places(record), record.mounts)
    await this.waitForSsh(record)
  }

  /** Reboots the host from the inside, as an administrator would, and waits until it is back. */
  async reboot(host: LabHost | string): Promise<void> {
    const places = this.#places(host)
    const before = await leader(places)
    await this.run(host, ['systemctl', 'reboot'])
    const deadline = Date.now() + bootSeconds * 1000
    while ([before, undefined].includes(await leader(places)) && Date.now() < deadline) await sleep(20)
    await this.waitForSsh(host)
  }

  /** Switches the host off and deletes its disk. Its network and, unless they shall be new, its keys stay. */
  async destroy(host: LabHost | string): Promise<void> {
    const places = this.#places(host)
    await powerCut(places)
    await unmountBelow(places.root)
    await demand(['rm', '-rf', '--', places.upper, places.work])
  }

  /**
   * The same host as delivered for the first time; with `newKeys` like one that was installed anew. The lab's
   * known_hosts then has the new keys: to see them refused, keep a copy of it.
   */
  async recreate(host: LabHost | string, options: { newKeys?: boolean } = {}): Promise<void> {
    const places = this.#places(host)
    await this.destroy(host)
    if (options.newKeys) await demand(['rm', '-rf', '--', places.keys])
    await this.install(host)
    await this.writeKnownHosts()
    await this.boot(host)
    await trust(this, host)
  }

  /** Gives a host its keys and its disk. Only for hosts that have none. */
  async install(host: LabHost | string): Promise<void> {
    const record = this.#find(host)
    const places = this.#places(record)
    await Promise.all([makeHostKeys(places), mountRoot(places, record.layers)])
    const publicKey = await readFile(join(this.directory, 'key.pub'), 'utf8')
    await prepareDisk(record, places, publicKey, this.nameserver !== undefined)
    if (record.isWorld) await prepareWorld(places.root, this.directory, this.domains)
  }

  /** Writes down which keys the hosts have. */
  async writeKnownHosts(): Promise<void> {
    const lines = this.#record.hosts.map((host) => knownHosts(host, hostPlaces(this.id, host.name)))
    await writeFile(join(this.directory, 'known_hosts'), (await Promise.all(lines)).join(''))
  }

  /** Takes everything down: processes, mounts, namespaces and the lab's folder. */
  async close(): Promise<void> {
    await takeDown(this.id)
    this.#onClose()
  }

  #find(host: LabHost | string): HostRecord {
    const name = typeof host === 'string' ? host : host.name
    const found = this.#record.hosts.find((one) => one.name === name)
    if (found) return found
    throw new Error(
      `no host ${name} in lab ${this.id}: there is ${this.#record.hosts.map((one) => one.name).join(', ')}`,
    )
  }

  #places(host: LabHost | string): HostPlaces {
    return hostPlaces(this.id, this.#find(host).name)
  }

  async #notBooted(name: string, seconds: number): Promise<string> {
    const said = (await this.console(name)).trim().split('\n').slice(-10).join('\n')
    return `${name} did not finish booting within ${seconds} s. Its console ends with:\n${said}`
  }
}
