import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Lab } from '../../src/lab/lab.ts'
import { pinnedHostKey } from '../../src/lab/mail-inventory.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import type { Release } from '../../src/lab/release.ts'
import { resources } from '../../src/resources/index.ts'
import { type LifeReport, lifeCases } from './resource-cases.ts'

// Every resource on a real Debian 12 and a real Debian 13: test/e2e/resources/NAME.yaml.

const folder = mkdtempSync(join(tmpdir(), 'provision-lives-'))
const reports = new Map<string, LifeReport>()
const key = ({ resource, it, host }: LifeReport): string => `${resource} ${it} ${host}`
let lab: Lab | undefined

before(async () => {
  lab = await openLab({
    world: true,
    // Two of each: a host lives every second resource, since much of a life is waiting.
    hosts: ['bookworm', 'trixie', 'bookworm', 'trixie'].map((release, index) => ({
      name: `r1${index}`,
      release: release as Release,
    })),
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
      share: index < 2 ? 0 : 1,
    })),
  )
  const script = join(import.meta.dirname, 'live-a-life.ts')
  const { stdout, stderr } = await lab.execute(
    [process.execPath, '--import', 'tsx', script, folder, JSON.stringify(addresses)],
    { timeoutSeconds: 900, environment: { SSH_AUTH_SOCK: '' } },
  )
  for (const line of stdout.split('\n').filter(Boolean)) {
    const report = JSON.parse(line) as LifeReport
    reports.set(key(report), report)
  }
  assert.ok(reports.size > 0, stderr)
})

after(async () => {
  await lab?.close()
  rmSync(folder, { recursive: true })
})

describe('on real hosts', () => {
  for (const { resource, it: what, releases = ['bookworm', 'trixie'] } of lifeCases()) {
    for (const host of releases) {
      it(`${resource} ${what} (${host})`, () => {
        const report = reports.get(key({ resource, it: what, host }))
        assert.ok(report, 'the case was not reached')
        assert.equal(report.message, undefined)
      })
    }
  }

  it('every resource has a life', () => {
    // These change nothing on the host, and neither does what works from the controller.
    const lived = new Set([
      'assert',
      'debug',
      'fail',
      // Waits for an installer: test/e2e/preflight.e2e.test.ts.
      'installed',
      'mail_domains',
      'mail_facts',
      'set',
      ...lifeCases().map(({ resource }) => resource),
    ])
    assert.deepEqual(
      resources.filter(({ name, control }) => !control && !lived.has(name)).map(({ name }) => name),
      [],
    )
  })
})
