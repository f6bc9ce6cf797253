import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { dump } from 'js-yaml'
import { UnreachableError } from '../../src/core/error.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { sh } from '../../src/core/shell.ts'
import type { HostAddress } from '../../src/core/task.ts'
import type { Event } from '../../src/engine/events.ts'
import { run } from '../../src/engine/run.ts'
import type { Connect } from '../../src/engine/sessions.ts'
import { reach } from '../../src/host/reach.ts'
import { load } from '../../src/input/load.ts'
import { downloads } from '../../src/local/downloads.ts'
import { resources } from '../../src/resources/index.ts'
import { casesFolder, type LifeCase } from './resource-cases.ts'

const registry = new Map(resources.map((resource) => [resource.name, resource]))
const options = { acceptNew: false }

// A case reloads sshd, which takes no connections for a moment then: longer than a moment on a busy machine.
const RELOADING_MILLISECONDS = 10_000

export const connectDirectly: Connect = async (host) => {
  const end = performance.now() + RELOADING_MILLISECONDS
  for (;;) {
    try {
      return await reach(host, options)
    } catch (error) {
      const reloads = error instanceof UnreachableError && error.message.endsWith('refuses connections')
      if (!reloads || performance.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

export interface LabAddress extends HostAddress {
  readonly release: string
  /** Which half of the resources it lives: the even or the odd ones. */
  readonly share: number
}

/** @returns whether this host lives the case. */
export function lives({ release, share }: LabAddress, one: LifeCase, names: readonly string[]): boolean {
  return names.indexOf(one.resource) % 2 === share && (one.releases ?? [release]).includes(release)
}

/** Runs shell text on the host. @throws {Error} where it does not succeed. */
export type OnHost = (what: string, text: string) => Promise<string>

/** Runs shell text over one connection, as often as `work` wants. */
export async function withHost<T>(address: LabAddress, work: (onHost: OnHost) => Promise<T>): Promise<T> {
  const reached = await connectDirectly(address)
  try {
    const session = await reached.session()
    return await work(async (what, text) => {
      const answer = (await session.survey([{ id: 'x.x', script: sh`sh -ec ${text}` }])).get('x.x')
      if (answer?.status === 0) return answer.text
      throw new Error(`${what} exited with ${answer?.status}: ${answer?.text}${answer?.stderr}`)
    })
  } finally {
    await reached.close()
  }
}

export function onHost(address: LabAddress, what: string, text: string): Promise<string> {
  return withHost(address, (on) => on(what, text))
}

export interface Stepped {
  readonly changes: readonly string[]
  readonly failure: string | undefined
  readonly events: readonly Event[]
}

export interface How {
  /** Where the playbook is written. */
  readonly folder: string
  readonly check: boolean
  readonly connect?: Connect
  /** More keywords of the task. */
  readonly task?: JsonObject
}

/** Runs one case on one host. */
export async function step(address: LabAddress, one: LifeCase, how: How): Promise<Stepped> {
  const home = join(how.folder, address.name)
  mkdirSync(home, { recursive: true })
  if (!existsSync(join(home, 'files'))) symlinkSync(join(casesFolder, 'files'), join(home, 'files'))
  const playbook = join(home, 'play.yaml')
  const inventory = join(home, 'inventory.yaml')
  const tasks = [...(one.tasks ?? []), { name: 'under test', [one.resource]: one.params, ...how.task }]
  writeFileSync(playbook, dump([{ name: 'life', hosts: 'all', tasks }]))
  writeFileSync(inventory, dump({ all: { hosts: { [address.name]: { host: address.host } } } }))
  const files = join(casesFolder, 'files')
  const { plays } = load({
    playbook,
    inventory: [inventory],
    // The key with which the lab's name server takes updates.
    extraVariables: [`tsig=${readFileSync(join(dirname(address.key ?? ''), 'tsig.secret'), 'utf8').trim()}`],
    tags: [],
    skipTags: [],
    resources: registry,
    searchDirectories: { templates: [files], tasks: [files] },
    variableSets: {},
  })
  const events: Event[] = []
  await run(
    plays.map((play) => ({ ...play, hosts: play.hosts.map((host) => ({ ...host, host: address })) })),
    {
      id: `20260131T100000Z-${randomBytes(2).toString('hex')}`,
      who: 'test',
      playbook: 'life.yaml',
      mask: (text) => text,
      check: how.check,
      forks: 1,
      owner: 'test',
      onSecret: () => undefined,
      fetch: downloads(),
      connect: how.connect ?? connectDirectly,
    },
    (event) => events.push(event),
  ).done
  const results = events.filter((event) => event.type === 'result')
  return {
    events,
    changes: results
      .filter(({ status, task }) => task === 'under test' && (status === 'changed' || status === 'would change'))
      .flatMap(({ changes }) => changes.map(({ what }) => what)),
    failure: events.flatMap(failureOf).join('\n') || undefined,
  }
}

function failureOf(event: Event): readonly string[] {
  if (event.type === 'unreachable') return [`${event.stage}: ${event.message}`]
  if (event.type !== 'result' || event.status === 'ok' || event.status === 'changed') return []
  if (event.status === 'would change' || event.status === 'skipped') return []
  return [`${event.status}: ${event.failure?.message ?? event.notes.join()}\n${event.failure?.output ?? ''}`]
}
