import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { dump } from 'js-yaml'
import { sh } from '../../src/core/shell.ts'
import type { HostAddress } from '../../src/core/task.ts'
import type { Event } from '../../src/engine/events.ts'
import { run } from '../../src/engine/run.ts'
import { reach } from '../../src/host/reach.ts'
import { load } from '../../src/input/load.ts'
import { resources } from '../../src/resources/index.ts'
import { casesFolder, type LifeCase, type LifeReport, lifeCases } from './resource-cases.ts'

// Runs inside the lab's network, as `node live-a-life.ts FOLDER HOSTS [RESOURCE…]`: connecting once per host, not once per step.

const [folder = '', hosts = '[]', ...only] = process.argv.slice(2)
const registry = new Map(resources.map((resource) => [resource.name, resource]))
const options = { acceptNew: false }

interface LabAddress extends HostAddress {
  readonly release: string
  /** Which half of the resources it lives: the even or the odd ones. */
  readonly share: number
}

await Promise.all((JSON.parse(hosts) as LabAddress[]).map(liveAll))

async function liveAll(address: LabAddress): Promise<void> {
  const names = [...new Set(lifeCases().map(({ resource }) => resource))]
  for (const one of lifeCases()) {
    if (names.indexOf(one.resource) % 2 !== address.share) continue
    if (only.length > 0 && !only.includes(one.resource)) continue
    if (one.releases && !one.releases.includes(address.release)) continue
    const message = await live(address, one).catch((error: unknown) => String(error))
    const report: LifeReport = {
      resource: one.resource,
      it: one.it,
      host: address.release,
      ...(message ? { message } : {}),
    }
    process.stdout.write(`${JSON.stringify(report)}\n`)
  }
}

/** @returns what went wrong, or nothing. */
async function live(address: LabAddress, one: LifeCase): Promise<string | undefined> {
  if (one.before) await onHost(address, 'before', one.before)
  if (one.waits) return wait(address, one)
  const first = await step(address, one, true)
  if (first.failure) return `check: ${first.failure}`
  if (first.changes.length === 0) return 'the check found nothing to change'
  const applied = await step(address, one, false)
  if (applied.failure) return `apply: ${applied.failure}`
  if (String(applied.changes) !== String(first.changes)) {
    return `the check said ${first.changes.join(', ')}; the apply did ${applied.changes.join(', ')}`
  }
  if (one.proof) await onHost(address, 'proof', one.proof)
  const again = await step(address, one, false)
  if (again.failure) return `again: ${again.failure}`
  if (one.again !== 'changes' && again.changes.length > 0) return `again changed ${again.changes.join(', ')}`
  if (!one.drift) return undefined
  await onHost(address, 'drift', one.drift)
  const repaired = await step(address, one, false)
  if (repaired.failure) return `repair: ${repaired.failure}`
  if (repaired.changes.length === 0) return 'the drift was not noticed'
  if (one.proof) await onHost(address, 'proof after repair', one.proof)
  return undefined
}

async function wait(address: LabAddress, one: LifeCase): Promise<string | undefined> {
  const check = await step(address, one, true)
  if (!check.failure?.startsWith('unknown: would wait for '))
    return `the check did not say that it would wait: ${check.failure}`
  for (const moment of ['first', 'again', 'after the drift']) {
    if (moment === 'after the drift' && one.drift) await onHost(address, 'drift', one.drift)
    const applied = await step(address, one, false)
    if (applied.failure) return `${moment}: ${applied.failure}`
    if (applied.changes.length > 0) return `${moment}: waiting counted as a change`
    if (one.proof) await onHost(address, 'proof', one.proof)
  }
  return undefined
}

async function onHost(address: LabAddress, what: string, text: string): Promise<void> {
  const reached = await reach(address, options)
  try {
    const answer = (await (await reached.session()).survey([{ id: 'x.x', script: sh`sh -ec ${text}` }])).get('x.x')
    if (answer?.status !== 0) throw new Error(`${what} exited with ${answer?.status}: ${answer?.text}${answer?.stderr}`)
  } finally {
    await reached.close()
  }
}

interface Stepped {
  readonly changes: readonly string[]
  readonly failure: string | undefined
}

async function step(address: LabAddress, one: LifeCase, check: boolean): Promise<Stepped> {
  const home = join(folder, address.name)
  mkdirSync(home, { recursive: true })
  if (!existsSync(join(home, 'files'))) symlinkSync(join(casesFolder, 'files'), join(home, 'files'))
  const playbook = join(home, 'play.yaml')
  const inventory = join(home, 'inventory.yaml')
  const tasks = [...(one.tasks ?? []), { name: 'under test', [one.resource]: one.params }]
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
    { check, forks: 1, owner: 'test', onSecret: () => undefined, connect: (host) => reach(host, options) },
    (event) => events.push(event),
  ).done
  const results = events.filter((event) => event.type === 'result')
  return {
    changes: results
      .filter(({ status, task }) => task === 'under test' && (status === 'changed' || status === 'would change'))
      .flatMap(({ changes }) => changes.map(({ what }) => what)),
    failure:
      events
        .flatMap((event) => {
          if (event.type === 'unreachable') return [`${event.stage}: ${event.message}`]
          if (event.type !== 'result' || event.status === 'ok' || event.status === 'changed') return []
          if (event.status === 'would change' || event.status === 'skipped') return []
          return [`${event.status}: ${event.failure?.message ?? event.notes.join()}\n${event.failure?.output ?? ''}`]
        })
        .join('\n') || undefined,
  }
}
