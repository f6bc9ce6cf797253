import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { dump, load } from 'js-yaml'
import type { Finding } from '../../src/core/finding.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { lookUp, updateDns } from '../../src/lab/dns.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { mailInventory } from '../../src/lab/mail-inventory.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { dnsZone } from '../../src/resources/dns-zone.ts'
import { Controller, changesOf, failuresOf, type Said } from './controller.ts'
import { causes, second, startSecond } from './dns-causes.ts'
import { checkZones } from './zone-check.ts'

// Two hosts serve alpha.test, each with a DKIM key of its own, and the first one also serves beta.test.

let lab: Lab
let laptop: Controller
let dns: JsonObject

before(async () => {
  lab = await openLab({
    world: true,
    hosts: [
      { name: 'mx1', release: 'trixie' },
      { name: 'mx2', release: 'bookworm' },
    ],
  })
  laptop = new Controller(lab)
  const inventory = load(await mailInventory(lab)) as {
    all: { vars: { dns: JsonObject }; children: { mail: { hosts: { mx1: JsonObject; mx2: JsonObject } } } }
  }
  dns = inventory.all.vars.dns
  const { mx1, mx2 } = inventory.all.children.mail.hosts
  const alpha = { dkim: { per_host: true }, aliases: { '*': 'i@alpha.test' } }
  const beta = { dmarc: { rua: 'dmarc@alpha.test' }, aliases: { '*': 'i@alpha.test' } }
  const hosts = {
    mx1: { ...mx1, domains: { 'alpha.test': alpha, 'beta.test': beta } },
    mx2: { ...mx2, mail_host: 'smtp2.alpha.test', mx_preference: 20, domains: { 'alpha.test': alpha } },
  }
  laptop.write('inventory.yaml', dump({ all: { ...inventory.all, children: { mail: { hosts } } } }))
  await lab.demand('ns1', ['sh', '-ec', startSecond])
})

after(async () => {
  laptop?.close()
  await lab?.close()
})

function run(playbook: string, said: JsonObject, ...args: readonly string[]): Promise<Said> {
  const extra = JSON.stringify({ dns: { ...dns, ...said } })
  const inventory = `${laptop.folder}/inventory.yaml`
  return laptop.provision('-i', inventory, playbook, '--output', 'json', '-e', extra, ...args)
}

// `site` looks at other things, too.
function wrongOf({ events }: Said): readonly Finding[] {
  return events
    .flatMap((event) => (event.type === 'result' && event.resource === 'dns_zone' ? (event.findings ?? []) : []))
    .filter(({ verdict }) => verdict === 'wrong')
}

const textOf = async (name: string): Promise<string> =>
  (await lookUp(lab, name, 'TXT')).join('\n').replaceAll('" "', '')

describe('the records of several hosts', () => {
  it('are published by the first host that serves the domain, for all of them', async () => {
    const said = await run('site', {})
    assert.equal(said.status, 0, failuresOf(said))
    assert.deepEqual(wrongOf(said), [])
    assert.equal(
      await textOf('alpha.test'),
      '"v=spf1 mx ip4:198.51.100.11 ip6:2001:db8:64::11 ip4:198.51.100.12 ip6:2001:db8:64::12 ~all"',
    )
    assert.deepEqual((await lookUp(lab, 'alpha.test', 'MX')).toSorted(), [
      '10 smtp.alpha.test.',
      '20 smtp2.alpha.test.',
    ])
    assert.equal(await textOf('beta.test'), '"v=spf1 mx ip4:198.51.100.11 ip6:2001:db8:64::11 ~all"')
    assert.equal(await textOf('beta.test._report._dmarc.alpha.test'), '"v=DMARC1"')
    for (const host of ['mx1', 'mx2']) {
      const file = `/etc/chasquid/domains/alpha.test/dkim:mail-${host}.pem`
      const key = await lab.demand(host, ['sh', '-c', `openssl pkey -in ${file} -pubout -outform DER | base64 -w 0`])
      assert.equal(await textOf(`mail-${host}._domainkey.alpha.test`), `"v=DKIM1; k=rsa; p=${key}"`)
    }
  })

  it('are as wanted the second time', async () => {
    const said = await run('dns', {})
    assert.equal(said.status, 0, failuresOf(said))
    for (const host of ['mx1', 'mx2']) assert.deepEqual(changesOf(said, host), [])
  })

  for (const { id, it: what, cause = [], mend = [], dns: said = {}, remedy, isAdvice } of causes) {
    it(`${id}: ${what}`, async () => {
      await updateDns(lab, 'alpha.test', cause)
      const found = await run('dns', { publish: 'print', ...said })
      await updateDns(lab, 'alpha.test', mend)
      assert.equal(found.status, isAdvice ? 0 : 1, failuresOf(found))
      const wrong = wrongOf(found).filter(({ subject }) => !subject.endsWith('beta.test'))
      assert.deepEqual([...new Set(wrong.map((finding) => finding.id))], [id])
      assert.match(wrong[0]?.remedy ?? '', remedy)
    })
  }

  it('zone-not-delegated: a domain that nobody registered', async () => {
    const records = [{ name: '@', type: 'MX', value: '10 smtp.gone.test.' }]
    const task = { dns_zone: { domain: 'gone.test', records, resolver: second.server } }
    laptop.write('gone.yaml', dump([{ hosts: 'mx1', tasks: [task] }]))
    const said = await run(`${laptop.folder}/gone.yaml`, {})
    assert.equal(said.status, 1)
    assert.deepEqual(
      wrongOf(said).map(({ id, text }) => `${id}: ${text}`),
      ['zone-not-delegated: gone.test is not delegated: no zone below its registry has it'],
    )
  })

  it('are caused to be wrong in every way that can be found', () => {
    const caused = [...causes.map(({ id }) => id), 'zone-not-delegated']
    assert.deepEqual(caused.toSorted(), Object.keys(dnsZone.findings ?? {}).toSorted())
  })

  it('are written into files that a name server loads', async () => {
    const said = await run('dns', { publish: 'file', folder: join(laptop.folder, 'zones') })
    assert.equal(said.status, 0, failuresOf(said))
    const files = readdirSync(join(laptop.folder, 'zones'))
    assert.deepEqual(files.toSorted(), ['alpha.test.zone', 'beta.test.zone'])
    const texts = files.map((file) => [
      file.replace(/\.zone$/, ''),
      readFileSync(join(laptop.folder, 'zones', file), 'utf8'),
    ])
    await checkZones(lab, Object.fromEntries(texts))
    const again = await run('dns', { publish: 'file', folder: join(laptop.folder, 'zones') })
    assert.deepEqual(changesOf(again, 'mx1'), [])
  })

  it('are sent through the hook of acme.sh where they are texts', async () => {
    await updateDns(lab, 'alpha.test', [
      'delete mail-mx2._domainkey.alpha.test. TXT',
      'delete _dmarc.alpha.test. TXT',
      'add _dmarc.alpha.test. 300 TXT "v=DMARC1; p=reject"',
    ])
    const check = await run('dns', { publish: 'acme' }, '--check')
    const said = await run('dns', { publish: 'acme' })
    assert.equal(said.status, 0, failuresOf(said))
    const names = ['mail-mx2._domainkey.alpha.test', '_dmarc.alpha.test']
    const changes = names.map((name) => `TXT records of alpha.test: ${name} TXT`)
    assert.deepEqual([changesOf(check, 'mx1'), changesOf(said, 'mx1')], [changes, changes])
    assert.equal(await textOf('_dmarc.alpha.test'), '"v=DMARC1; p=none"')
  })

  it('keep what hosts that take no part in the run have there, and say so', async () => {
    const said = await run('dns', {}, '--limit', 'mx1')
    assert.equal(said.status, 0, failuresOf(said))
    assert.deepEqual(changesOf(said, 'mx1'), [])
    const messages = said.events.flatMap((event) => (event.type === 'message' ? [event.text] : []))
    assert.ok(
      messages.every((text) => text.includes('nothing is known of mx2')),
      messages.join('\n'),
    )
    assert.match(await textOf('alpha.test'), /ip4:198\.51\.100\.12/)
  })
})
