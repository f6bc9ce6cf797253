import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Lab } from '../../src/lab/lab.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { resources } from '../../src/resources/index.ts'
import { changesOf, failuresOf, type Said } from './controller.ts'
import { written } from './disk.ts'
import type { Fault, FaultOf, Site } from './verify-fault.ts'
import { domainFaults, parkedFaults } from './verify-faults-domain.ts'
import { hostFaults } from './verify-faults-host.ts'
import { senderFaults } from './verify-faults-senders.ts'
import { findingsOf, sites, Verifier } from './verify-run.ts'
import { prepareWorld, resolvers } from './verify-world.ts'

// Two mail hosts that have everything: mx1 (Debian 13) for alpha.test, mx2 (Debian 12) for beta.test. Then one thing after
// another is made wrong, and right again. What is wrong with one host does not concern the other, so two are made at once.

const faults: readonly FaultOf[] = [...hostFaults, ...senderFaults, ...domainFaults, ...parkedFaults]

/** Kinds of its probes that `verify` cannot come upon, each with the reason. */
const elsewhere: { readonly [id: string]: string } = {
  'spf-second': 'dns_zone gets no SPF record to look at, because spf does: dns.e2e.test.ts',
  'address-private': 'mail_facts takes no private address: preflight.e2e.test.ts',
  'dns-unexpected': 'verify wants nothing to be absent: below',
  'dns-unsigned': 'verify wants no signature: below',
}

let lab: Lab
let verifier: Verifier

before(async () => {
  lab = await openLab({
    world: true,
    domains: ['alpha.test', 'beta.test', 'gamma.test'],
    hosts: [
      { name: 'mx1', release: 'trixie' },
      { name: 'mx2', release: 'bookworm' },
    ],
  })
  await prepareWorld(lab)
  verifier = await Verifier.open(lab)
  const said = await verifier.play('site')
  assert.equal(said.status, 0, failuresOf(said))
})

after(async () => {
  verifier?.controller.close()
  await lab?.close()
})

/** Nothing is wrong, not even worth advice, and nothing could not be asked. */
async function isClean(): Promise<void> {
  const said = await verifier.play('verify')
  assert.equal(said.status, 0, failuresOf(said))
  for (const host of ['mx1', 'mx2']) {
    const findings = findingsOf(said, host)
    assert.deepEqual(
      findings.filter(({ verdict }) => verdict !== 'right'),
      [],
    )
    assert.ok(findings.length > 90)
    assert.deepEqual(changesOf(said, host), [])
  }
  // Where all is well there is nothing to tell.
  assert.deepEqual(
    said.events.filter(({ type }) => type === 'message' || type === 'document'),
    [],
  )
}

interface Caused {
  readonly site: Site
  readonly fault: Fault
}

/** One fault on each host, or a single one; the run is made when the first of them is looked at. */
class Run {
  readonly caused: Caused[] = []
  #said: Promise<Said> | undefined

  get said(): Promise<Said> {
    this.#said ??= this.#make()
    return this.#said
  }

  async #make(): Promise<Said> {
    const mends: (() => Promise<void>)[] = []
    for (const { site, fault } of this.caused) mends.push(await verifier.cause(fault, site))
    const said = await verifier.play('verify', this.caused[0]?.fault.variables)
    for (const mend of mends) await mend()
    return said
  }
}

/** Which faults are caused at once: each on a host of its own, those with variables alone. */
function plan(): readonly Run[] {
  const runs: Run[] = []
  for (const { only, at } of faults) {
    const isFree = (run: Run, host: Site['host']) =>
      run.caused.every(({ site, fault }) => site.host !== host && fault.variables === undefined)
    const isAlone = at(sites.mx1).variables !== undefined
    const places = (only ? [only] : (['mx1', 'mx2'] as const)).flatMap((host) => {
      const run = isAlone ? undefined : runs.find((one) => isFree(one, host))
      return run ? [{ host, run }] : []
    })
    const { host, run } = places[0] ?? { host: only ?? 'mx1', run: new Run() }
    if (places.length === 0) runs.push(run)
    run.caused.push({ site: sites[host], fault: at(sites[host]) })
  }
  return runs
}

describe('verify', () => {
  it('finds nothing wrong with hosts that are as they should be, and writes nothing', async () => {
    const before = ['mx1', 'mx2'].map((host) => written(lab.upperDirectory(host)))
    await isClean()
    assert.deepEqual(
      ['mx1', 'mx2'].map((host) => written(lab.upperDirectory(host))),
      before,
    )
  })

  for (const run of plan()) {
    for (const { site, fault } of run.caused) {
      it(`${fault.id}: ${fault.it}`, async () => {
        const said = await run.said
        const isFault = run.caused.some((one) => !one.fault.isAdvice)
        assert.equal(said.status, isFault ? 1 : 0, failuresOf(said))
        const wrong = findingsOf(said, site.host).filter(({ verdict }) => verdict === 'wrong')
        const ids = [...new Set(wrong.map(({ id }) => id))].toSorted()
        assert.deepEqual(ids, [fault.id, ...(fault.also ?? [])].toSorted(), JSON.stringify(wrong, undefined, 2))
        assert.equal(
          wrong.some(({ importance }) => importance === 'required'),
          !fault.isAdvice,
        )
        const [first] = wrong.filter(({ id }) => id === fault.id)
        assert.ok(first?.remedy?.includes(fault.remedy), `${first?.remedy}\ndoes not say: ${fault.remedy}`)
        for (const { remedy } of wrong) assert.notEqual(remedy ?? '', '')
      })
    }
  }

  it('finds nothing wrong once all of that is mended', isClean)

  it('is made wrong above in every way that its probes know', () => {
    const tasks = ['verify-host', 'verify-domains'].map((name) =>
      readFileSync(join(import.meta.dirname, `../../tasks/${name}.yaml`), 'utf8'),
    )
    const kinds = resources
      .filter(({ name }) => new RegExp(`^ {2}${name}:`, 'm').test(tasks.join('\n')))
      .flatMap(({ findings = {} }) => Object.keys(findings))
    const caused = new Set([...faults.map(({ at }) => at(sites.mx1).id), ...Object.keys(elsewhere)])
    assert.deepEqual([...caused].toSorted(), kinds.toSorted())
  })
})

describe('a probe in a playbook of the user', () => {
  /** What is wrong by these tasks: each kind and what mends it. */
  async function wrongBy(tasks: readonly object[]): Promise<readonly (readonly [string, string | undefined])[]> {
    const said = await verifier.play(verifier.controller.write('own.yaml', JSON.stringify([{ hosts: 'mx1', tasks }])))
    assert.equal(said.status, 1)
    return findingsOf(said, 'mx1').flatMap(({ verdict, id, remedy }) => (verdict === 'wrong' ? [[id, remedy]] : []))
  }

  it('dns finds what should not be there, and what is not signed', async () => {
    const dns = (params: object) => ({ dns: { name: 'smtp.alpha.test', type: 'A', ...params } })
    const wrong = await wrongBy([
      dns({ state: 'absent' }),
      dns({ secure: true, resolver: resolvers.plain }),
      dns({ secure: true, resolver: resolvers.validating }),
    ])
    assert.deepEqual(wrong, [
      ['dns-unexpected', 'remove\nsmtp.alpha.test. A 198.51.100.11'],
      [
        'dns-unsigned',
        'Let the provider sign the zone, and put the DS record that it shows into the panel of the registrar',
      ],
    ])
  })

  it('http finds another page, and none', async () => {
    const url = 'https://mta-sts.alpha.test/.well-known/mta-sts.txt'
    const http = (params: object) => ({ http: { ca_bundle: '{{ verify.ca_bundle }}', ...params } })
    const wrong = await wrongBy([
      http({ url, body: 'mode: testing' }),
      http({ url, body: 'mode: enforce' }),
      http({ url: 'https://www.alpha.test/' }),
    ])
    assert.deepEqual(
      wrong.map(([id]) => id),
      ['http-different', 'http-unreachable'],
    )
    assert.equal(wrong[0]?.[1], `curl -i ${url}`)
  })
})
