import type { Connect } from '../../src/engine/sessions.ts'
import { Forwarder } from '../../src/lab/forwarder.ts'
import { connectDirectly, type LabAddress, lives, withHost } from './live-step.ts'
import { lifeCases } from './resource-cases.ts'
import { Sweep } from './sweep.ts'
import { type SweepReport, sweptCases } from './sweep-cases.ts'

// Runs inside the lab's network, as `node sweep-lives.ts FOLDER HOSTS [RESOURCE…]`: lives are cut, and go on.

const [folder = '', hosts = '[]', ...only] = process.argv.slice(2)

await Promise.all((JSON.parse(hosts) as LabAddress[]).map(sweepAll))
// What a broken connection leaves open must not keep the process.
process.exit()

async function sweepAll(address: LabAddress): Promise<void> {
  const names = [...new Set(lifeCases().map(({ resource }) => resource))]
  const forwarder = new Forwarder({ target: { host: address.host, port: 22 } })
  const port = await forwarder.open()
  const through: Connect = (host) => connectDirectly({ ...host, host: '127.0.0.1', port })
  for (const one of sweptCases()) {
    if (!lives(address, one, names) || (only.length > 0 && !only.includes(one.resource))) continue
    const started = performance.now()
    const points = { 'connection cut': 0, 'remote shell killed': 0 }
    const saw = new Set<string>()
    const message = await withHost(address, (onHost) =>
      new Sweep({ folder, address, one, onHost, through, forwarder }, points, saw).all(),
    ).catch((error: unknown) => (error instanceof Error ? error.stack : String(error)))
    const report: SweepReport = {
      resource: one.resource,
      it: one.it,
      host: address.name,
      points,
      saw: [...saw],
      seconds: (performance.now() - started) / 1000,
      ...(message ? { message } : {}),
    }
    process.stdout.write(`${JSON.stringify(report)}\n`)
  }
}
