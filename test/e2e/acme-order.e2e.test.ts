import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Lab } from '../../src/lab/lab.ts'
import { mailInventory } from '../../src/lab/mail-inventory.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { Controller, changesOf, failuresOf, type Said } from './controller.ts'

// Two certificates that one host orders in the background, and what may become of an order. Each test goes on where the one
// before it ended.

let lab: Lab
let controller: Controller

const order = `
        domain: "{{ item }}.alpha.test"
        dns: "{{ acme.dns }}"
        env: "{{ acme.env }}"
        dns_sleep: 1
        server: "{{ acme.server }}"
        ca_bundle: "{{ acme.ca_bundle }}"`
const loop = `
      loop: [one, two]
`
const orders = `
    - name: order
      acme_order:${order}${loop}`
const certificates = `
    - name: collect
      acme_certificate:${order}
        install: { key: "/etc/ssl/{{ item }}.key", fullchain: "/etc/ssl/{{ item }}.pem" }${loop}`
const kill = `
    - name: kill
      command: systemctl kill --signal=KILL 'provision-acme-*'
`

before(async () => {
  lab = await openLab({ world: true, domains: ['alpha.test'], hosts: [{ name: 'mx1', release: 'bookworm' }] })
  controller = new Controller(lab)
  controller.write('inventory.yaml', await mailInventory(lab))
  const said = await play(`
    - packages: { names: [bind9-dnsutils, curl, openssl] }
    - acme_client: { url: "{{ acme.url }}" }
    - acme_account: { email: "{{ acme.email }}", server: "{{ acme.server }}", ca_bundle: "{{ acme.ca_bundle }}" }
    - file:
        path: /var/lib/acme.sh/tsig.key
        content: key "{{ dns.key.name }}" { algorithm {{ dns.key.algorithm }}; secret "{{ dns.key.secret }}"; };
        mode: "0600"
`)
  assert.equal(said.status, 0, failuresOf(said))
})

after(async () => {
  controller?.close()
  await lab?.close()
})

const play = (tasks: string, ...args: readonly string[]): Promise<Said> =>
  controller.provision(
    ...['-i', `${controller.folder}/inventory.yaml`, '--output', 'json', ...args],
    controller.write('play.yaml', `- hosts: mail\n  tasks:${tasks}`),
  )

const onHost = (command: string): Promise<string> => lab.demand('mx1', ['sh', '-ec', command])

const due = (): Promise<string> =>
  onHost(`sed -i "s/^Le_NextRenewTime=.*/Le_NextRenewTime='1'/" /var/lib/acme.sh/*/*.conf`)

const serials = (): Promise<string> =>
  onHost('for one in /etc/ssl/one.pem /etc/ssl/two.pem; do openssl x509 -noout -serial -in "$one"; done')

const collected = ['collect (one): certificate one.alpha.test', 'collect (two): certificate two.alpha.test']
const ordered = ['order (one): order of certificate one.alpha.test', 'order (two): order of certificate two.alpha.test']

/** Runs the tasks, which must do exactly this, and nothing the second time. */
async function does(tasks: string, changes: readonly string[]): Promise<void> {
  const said = await play(tasks)
  assert.equal(said.status, 0, failuresOf(said))
  assert.deepEqual(changesOf(said, 'mx1'), changes)
  assert.deepEqual(changesOf(await play(orders + certificates), 'mx1'), [])
}

describe('certificates that are ordered in the background', () => {
  it('are collected when both are there', async () => {
    const saved = 'order (one): /var/lib/acme.sh/account.conf'
    await does(orders + certificates, [saved, ...ordered, ...collected])
    assert.equal(await onHost('ls /var/lib/acme.sh/*/provision-order* /run/provision-acme-* 2>/dev/null || true'), '')
  })

  it('are renewed as a check says, which orders nothing', async () => {
    await due()
    const check = await play(orders + certificates, '--check')
    assert.equal(check.status, 2, failuresOf(check))
    assert.deepEqual(changesOf(check, 'mx1'), [...ordered, ...collected])
    await does(orders + certificates, [...ordered, ...collected])
  })

  it('are collected by the next run where nobody has waited for them', async () => {
    await due()
    assert.deepEqual(changesOf(await play(orders), 'mx1'), ordered)
    await does(orders + certificates, collected)
  })

  it('are asked for by acme_certificate itself where the orders are gone', async () => {
    await due()
    const was = await serials()
    await does(orders + kill + certificates, [
      ...ordered,
      "kill: systemctl kill --signal=KILL 'provision-acme-*'",
      ...collected,
    ])
    assert.notEqual(await serials(), was)
  })

  it('stay as they are where an order fails, which says why; the next run orders anew', async () => {
    await due()
    const was = await serials()
    await onHost(
      'printf "#!/bin/sh\\nsleep 2; echo no more today; exit 7\\n" >/usr/local/bin/acme.sh; chmod 755 /usr/local/bin/acme.sh',
    )
    const said = await play(orders + certificates)
    // The other order fails behind it, and nobody collects that.
    await onHost('while systemctl is-active --quiet "provision-acme-*"; do sleep 0.2; done; rm /usr/local/bin/acme.sh')
    assert.equal(said.status, 1)
    assert.match(failuresOf(said), /collect .*no more today/s)
    assert.equal(await serials(), was)
    await does(orders + certificates, [...ordered, ...collected])
    assert.notEqual(await serials(), was)
  })
})
