import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Lab } from '../../src/lab/lab.ts'
import { pinnedHostKey } from '../../src/lab/mail-inventory.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { fault } from './fault.ts'
import { type Harm, type SweepReport, sweptCases } from './sweep-cases.ts'

// The life of every resource, cut at every word that the host says about it, and ahead of every command that it runs.

const folder = mkdtempSync(join(tmpdir(), 'provision-sweep-'))
const reports: SweepReport[] = []
let lab: Lab | undefined

before(async () => {
  lab = await openLab({
    world: true,
    hosts: [
      { name: 'r10', release: 'trixie' },
      { name: 'r11', release: 'trixie' },
    ],
  })
  const { directory } = lab
  const addresses = await Promise.all(
    lab.hosts.map(async (host, index) => ({
      name: host.name,
      host: host.ipv4,
      user: 'root',
      key: join(directory, 'key'),
      hostKey: await pinnedHostKey(lab!, host),
      connection: 'ssh',
      release: host.release,
      share: index,
    })),
  )
  const script = join(import.meta.dirname, 'sweep-lives.ts')
  const { stdout, stderr } = await lab.execute(
    [process.execPath, '--import', 'tsx', script, folder, JSON.stringify(addresses)],
    { timeoutSeconds: 900, environment: { SSH_AUTH_SOCK: '' } },
  )
  for (const line of stdout.split('\n').filter(Boolean)) reports.push(JSON.parse(line) as SweepReport)
  assert.ok(reports.length > 0, stderr)
})

after(async () => {
  await lab?.close()
  rmSync(folder, { recursive: true })
})

describe('a life that is cut goes on where it was', () => {
  for (const { resource, it: what, releases = ['trixie'] } of sweptCases()) {
    if (!releases.includes('trixie')) continue
    it(`${resource} ${what}`, () => {
      const report = reports.find((one) => one.resource === resource && one.it === what)
      assert.ok(report, 'the case was not reached')
      assert.equal(report.message, undefined)
    })
  }
})

describe('every resource, at every point of its life', () => {
  const wheres: Record<Harm, string> = {
    'connection cut': 'at each word of the host about the changes of every resource',
    'remote shell killed': 'ahead of each command of the changes of every resource, by SIGKILL',
  }
  for (const harm of ['connection cut', 'remote shell killed'] as const) {
    fault({ fault: harm, where: wheres[harm] }, (report) => {
      const broken = reports.filter(({ message }) => message !== undefined)
      assert.deepEqual(broken, [])
      for (const { points, saw } of reports) {
        if (points[harm] > 0) report.injected(points[harm])
        for (const line of saw) if (line.startsWith(harm)) report.saw(line.slice(harm.length + 1))
      }
      report.after('no file half written, no temporary file, no lock; converged, 0 changed at the run after')
    })
  }
})
