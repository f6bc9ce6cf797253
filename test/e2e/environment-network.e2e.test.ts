import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import { updateDns } from '../../src/lab/dns.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { mailInventory } from '../../src/lab/mail-inventory.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { authorityFaults, lateAuthority, mendAuthority, slowAuthority } from './authority.ts'
import { Controller, failuresOf, type Said } from './controller.ts'
import { type FaultReport, fault } from './fault.ts'
import { read } from './laptop.ts'

// A mail host whose names, authority of certificates or clock fail while it is provisioned.

let lab: Lab
let laptop: Controller
let inventory: readonly ['-i', string]

const certificate = `
- hosts: mail
  tasks:
    - acme_certificate:
        domain: alpha.test
        names: ["*.alpha.test"]
        dns: "{{ acme.dns }}"
        env: "{{ acme.env }}"
        dns_sleep: 1
        server: "{{ acme.server }}"
        ca_bundle: "{{ acme.ca_bundle }}"
        install:
          key: /etc/chasquid/certs/alpha.test/privkey.pem
          fullchain: /etc/chasquid/certs/alpha.test/fullchain.pem
          group: chasquid
          reload: systemctl try-restart chasquid.service
`

before(async () => {
  lab = await openLab({ world: true, domains: ['alpha.test'], hosts: [{ name: 'mx1', release: 'trixie' }] })
  laptop = new Controller(lab)
  inventory = ['-i', laptop.write('inventory.yaml', await mailInventory(lab))]
  const said = await laptop.provision(...inventory, 'site', '--output', 'json')
  assert.equal(said.status, 0, failuresOf(said))
  assert.equal((await renew()).status, 0)
  const key = readFileSync(join(lab.directory, 'ca.key'), 'utf8')
  await lab.demand('ns1', ['sh', '-c', 'cat >/run/ca.key'], { input: key })
})

after(async () => {
  laptop?.close()
  await lab?.close()
})

const onHost = (host: string, command: string): Promise<string> => lab.demand(host, ['sh', '-ec', command])

const renew = (): Promise<Said> => laptop.provision(...inventory, laptop.write('certificate.yaml', certificate))

const due = (): Promise<string> =>
  onHost('mx1', `sed -i "s/^Le_NextRenewTime=.*/Le_NextRenewTime='1'/" /var/lib/acme.sh/alpha.test_ecc/alpha.test.conf`)

/** The certificate that chasquid shows, and since when it runs. */
const service = (): Promise<string> =>
  onHost(
    'mx1',
    `openssl s_client -connect 127.0.0.1:465 -servername smtp.alpha.test </dev/null 2>/dev/null | openssl x509 -noout -serial
    systemctl show -p ActiveState,ActiveEnterTimestamp chasquid.service`,
  )

function see(report: FaultReport, text: string, words: readonly RegExp[]): void {
  for (const word of words) {
    assert.match(text, word)
    report.saw(word.exec(text)?.[0] ?? '')
  }
}

/** The next run renews, and the one after that changes nothing. */
async function renews(was: string): Promise<void> {
  const next = await renew()
  assert.equal(next.status, 0, next.stdout + next.stderr)
  assert.notEqual(await service(), was)
  assert.match(read(await renew()), /^mx1 {2}changed 0 {2}ok 1 {2}failed 0$/m)
}

/** A renewal fails in time while the authority does; what was there stays in service. */
async function failsToRenew(
  report: FaultReport,
  cause: string,
  says: readonly RegExp[],
  within: number,
): Promise<void> {
  await due()
  const was = await service()
  await onHost('ns1', cause)
  const began = performance.now()
  const said = await renew()
  const took = (performance.now() - began) / 1000
  await onHost('ns1', mendAuthority)
  report.injected()
  assert.equal(said.status, 1, said.stdout)
  assert.ok(took < within, `it took ${took} s`)
  see(report, said.stdout, says)
  assert.equal(await service(), was)
  const orders = (await onHost('ns1', 'cat /run/orders 2>/dev/null || true')).split('\n').length - 1
  assert.ok(orders <= 1, `${orders} orders`)
  await renews(was)
}

describe('the authority of certificates', () => {
  const after = 'the old certificate stayed in service; renewed by the next run; 0 changed at the run after'
  for (const { kind, where, cause, says, within } of authorityFaults) {
    fault({ fault: kind, where }, async (report) => {
      await failsToRenew(report, cause, says, within)
      report.after(after)
    })
  }

  fault({ fault: 'clock wrong', where: 'by it the certificate of the authority is not valid yet' }, async (report) => {
    const words = [
      /curl: \(60\) SSL certificate problem: certificate is not yet valid/,
      /Is the clock right\? This host says/,
    ]
    await failsToRenew(report, lateAuthority, words, 40)
    report.after(after)
  })

  fault({ fault: 'clock wrong', where: 'the host says a time that is an hour ahead' }, async (report) => {
    const file = laptop.write('fit.yaml', '- hosts: mail\n  tasks: [{ host_fit: {} }]\n')
    const date = '/usr/local/bin/date'
    await onHost('mx1', `printf '#!/bin/sh\\nexec /usr/bin/date -d "1 hour" "$@"\\n' >${date}; chmod 755 ${date}`)
    const said = await laptop.provision(...inventory, file)
    await onHost('mx1', `rm ${date}`)
    report.injected()
    assert.equal(said.status, 1, said.stdout)
    see(report, said.stdout, [/ahead of this machine’s clock/, /timedatectl set-ntp true/])
    assert.equal((await laptop.provision(...inventory, file)).status, 0)
    report.after('it only looks: nothing was changed; right at the next run')
  })

  fault({ fault: 'ACME slow', where: 'every answer takes 2 s' }, async (report) => {
    await due()
    const was = await service()
    await onHost('ns1', slowAuthority)
    const said = await renew()
    const orders = await onHost('ns1', `cat /run/orders; ${mendAuthority}`)
    report.injected()
    assert.equal(said.status, 0, said.stdout)
    assert.equal(orders, 'slow\n')
    assert.notEqual(await service(), was)
    see(report, read(said), [/^mx1 {2}changed 1 {2}ok 0 {2}failed 0$/m])
    assert.match(read(await renew()), /^mx1 {2}changed 0 {2}ok 1 {2}failed 0$/m)
    report.after('renewed with one order; 0 changed at the run after')
  })
})

describe('DNS', () => {
  fault({ fault: 'DNS down', where: 'on the host, where a package is fetched' }, async (report) => {
    await updateDns(lab, 'alpha.test', ['add apt.alpha.test. 10 A 198.51.100.10'])
    await onHost('ns1', 'systemd-run --quiet --collect --unit=apt python3 -m http.server --directory /srv/apt 8080')
    await onHost(
      'mx1',
      `cd /etc/apt/sources.list.d; sed -i 's#file:/srv/apt/#http://apt.alpha.test:8080/#' *; rm -rf /var/lib/apt/lists/*`,
    )
    const file = laptop.write('tree.yaml', '- hosts: mail\n  tasks: [{ packages: { names: tree } }]\n')
    const run = (): Promise<Said> => laptop.provision(...inventory, file)
    await onHost('ns1', 'systemctl stop knot')
    const said = await run()
    await onHost('ns1', 'systemctl start knot')
    report.injected()
    assert.equal(said.status, 1, said.stdout)
    see(report, said.stdout, [/Temporary failure resolving 'apt\.alpha\.test'/, /Unable to locate package tree/])
    const next = await run()
    assert.equal(next.status, 0, next.stdout)
    assert.match(read(await run()), /^mx1 {2}changed 0 {2}ok 1 {2}failed 0$/m)
    report.after('installed by the next run; 0 changed at the run after')
  })

  fault({ fault: 'DNS down', where: 'for the controller, while it looks at records' }, async (report) => {
    const look = `- hosts: mail\n  tasks: [{ mx: { domain: alpha.test, records: [10 smtp.alpha.test], addresses: [198.51.100.11] } }, { reverse_dns: { addresses: [198.51.100.11], name: smtp.alpha.test } }]\n`
    const file = laptop.write('look.yaml', look)
    const run = (): Promise<Said> => laptop.provision(...inventory, file)
    const right = await run()
    await onHost('ns1', 'systemctl stop knot')
    const began = performance.now()
    const said = await run()
    const took = performance.now() - began
    await onHost('ns1', 'systemctl start knot')
    report.injected()
    assert.equal(said.status, 0, said.stdout)
    assert.ok(took < 60_000)
    see(report, read(said), [/198\.51\.100\.10 cannot be asked: port 53 is refused/, /right 0 {2}wrong 0 {2}unknown 3/])
    assert.equal(read(await run()), read(right))
    report.after('unknown, not wrong; right at the next run')
  })
})
