/**
 * Where the tools are compared: a lab with one real host behind a forwarder, and a folder for the tools' files.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lab } from '../src/lab/lab.ts'
import { LabForwarder } from '../src/lab/lab-forwarder.ts'
import { openLab } from '../src/lab/open-lab.ts'
import { installRequirements } from '../src/lab/requirements.ts'
import { release } from './scenarios.ts'
import type { Place, Target } from './types.ts'

/** The one real host. */
export const hostName = 'mx1'

const gateway = '198.51.100.1'

export interface Stage {
  readonly lab: Lab
  readonly forwarder: LabForwarder
  /** The host, straight or through the forwarder. */
  readonly straight: Target
  readonly far: Target
  /** An empty folder for a tool, and what it needs to reach these targets. Others' keys are added to known_hosts. */
  place(targets: readonly Target[]): Promise<Place>
  /** Adds a line of known_hosts. */
  trust(line: string): Promise<void>
  /** Makes the host anew, as it was delivered, with the package lists read. */
  renew(): Promise<void>
  /** Takes everything down. */
  close(): Promise<void>
  /** The same after Ctrl-C, which ended the forwarder as well. */
  takeDown(): Promise<void>
}

/** Opens the lab with its one host. */
export async function openStage(onStep: (text: string) => void): Promise<Stage> {
  await installRequirements(onStep)
  const lab = await openLab({ hosts: [{ name: hostName, release }], world: true, onStep })
  await makeUsual(lab)
  // Short: the control sockets of ssh lie in it, and the name of a socket has 108 bytes at most.
  const folder = await mkdtemp(join(tmpdir(), 'pb-'))
  const host = lab.host(hostName)
  const forwarder = new LabForwarder(lab, { listen: { host: gateway }, target: { host: host.ipv4, port: 22 } })
  const straight = { name: hostName, address: host.ipv4, port: 22 }
  const far = { name: hostName, address: gateway, port: await forwarder.open() }
  const knownHosts = join(folder, 'known_hosts')
  const keys = await hostKeys(lab, host.ipv4)
  const lines = [straight.address, `[${far.address}]:${far.port}`].flatMap((name) =>
    keys.map((key) => `${name} ${key}\n`),
  )
  await writeFile(knownHosts, lines.join(''))
  const takeDown = async (): Promise<void> => {
    await lab.close()
    await rm(folder, { recursive: true, force: true })
  }
  let places = 0
  return {
    lab,
    forwarder,
    straight,
    far,
    async place(targets) {
      const own = join(folder, String(++places))
      await mkdir(own)
      return { folder: own, key: join(lab.directory, 'key'), knownHosts, targets }
    },
    trust: (line) => writeFile(knownHosts, line, { flag: 'a' }),
    async renew() {
      await lab.recreate(hostName)
      await makeUsual(lab)
    },
    async close() {
      await forwarder.close()
      await takeDown()
    },
    takeDown,
  }
}

/**
 * What rented servers have beyond the lab's: package lists, without which some tools find no package, and python3-apt, without
 * which Ansible's apt starts itself anew, which Mitogen 0.3.3 cannot.
 */
async function makeUsual(lab: Lab): Promise<void> {
  const commands = 'apt-get update -qq && apt-get install -qq --yes --no-install-recommends python3-apt'
  await lab.demand(hostName, ['env', 'DEBIAN_FRONTEND=noninteractive', 'sh', '-c', commands])
}

/** `TYPE KEY` of each key of a host, from the lab's known_hosts. */
async function hostKeys(lab: Lab, address: string): Promise<readonly string[]> {
  const lines = (await readFile(join(lab.directory, 'known_hosts'), 'utf8')).split('\n')
  return lines.filter((line) => line.startsWith(`${address},`)).map((line) => line.slice(line.indexOf(' ') + 1))
}
