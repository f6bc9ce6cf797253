import { type LabAddress, lives, onHost, step } from './live-step.ts'
import { type LifeCase, type LifeReport, lifeCases } from './resource-cases.ts'

// Runs inside the lab's network, as `node live-a-life.ts FOLDER HOSTS [RESOURCE…]`: connecting once per host, not once per step.

const [folder = '', hosts = '[]', ...only] = process.argv.slice(2)

await Promise.all((JSON.parse(hosts) as LabAddress[]).map(liveAll))

async function liveAll(address: LabAddress): Promise<void> {
  const names = [...new Set(lifeCases().map(({ resource }) => resource))]
  for (const one of lifeCases()) {
    if (!lives(address, one, names)) continue
    if (only.length > 0 && !only.includes(one.resource)) continue
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
  const first = await step(address, one, { folder, check: true })
  if (first.failure) return `check: ${first.failure}`
  if (first.changes.length === 0) return 'the check found nothing to change'
  const applied = await step(address, one, { folder, check: false })
  if (applied.failure) return `apply: ${applied.failure}`
  if (String(applied.changes) !== String(first.changes)) {
    return `the check said ${first.changes.join(', ')}; the apply did ${applied.changes.join(', ')}`
  }
  if (one.proof) await onHost(address, 'proof', one.proof)
  const again = await step(address, one, { folder, check: false })
  if (again.failure) return `again: ${again.failure}`
  if (one.again !== 'changes' && again.changes.length > 0) return `again changed ${again.changes.join(', ')}`
  if (!one.drift) return undefined
  await onHost(address, 'drift', one.drift)
  const repaired = await step(address, one, { folder, check: false })
  if (repaired.failure) return `repair: ${repaired.failure}`
  if (repaired.changes.length === 0) return 'the drift was not noticed'
  if (one.proof) await onHost(address, 'proof after repair', one.proof)
  return undefined
}

async function wait(address: LabAddress, one: LifeCase): Promise<string | undefined> {
  const check = await step(address, one, { folder, check: true })
  if (!check.failure?.startsWith('unknown: would wait for '))
    return `the check did not say that it would wait: ${check.failure}`
  for (const moment of ['first', 'again', 'after the drift']) {
    if (moment === 'after the drift' && one.drift) await onHost(address, 'drift', one.drift)
    const applied = await step(address, one, { folder, check: false })
    if (applied.failure) return `${moment}: ${applied.failure}`
    if (applied.changes.length > 0) return `${moment}: waiting counted as a change`
    if (one.proof) await onHost(address, 'proof', one.proof)
  }
  return undefined
}
