import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { dump, load } from 'js-yaml'
import type { Finding } from '../../src/core/finding.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { setPtr, updateDns } from '../../src/lab/dns.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { mailInventory } from '../../src/lab/mail-inventory.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { resources } from '../../src/resources/index.ts'
import { Controller, failuresOf, type Said } from './controller.ts'
import { written } from './disk.ts'
import { type Cause, causes, checks, listener, untilOpen } from './preflight-causes.ts'

// A bare host that could become a mail server; then one thing after another is made wrong, and right again.

let lab: Lab
let laptop: Laptop
let inventory: { all: { children: { mail: { hosts: { mx1: JsonObject } } } } }

/** Trusts the CA of the lab, which signed the certificate of its RDAP service. */
class Laptop extends Controller {
  override get environment(): Record<string, string> {
    return { ...super.environment, NODE_EXTRA_CA_CERTS: join(this.lab.directory, 'ca.pem') }
  }
}

// An RDAP service that tells what lies in a folder, status line and all.
const rdap = `
mkdir -p /srv/rdap/domain
for domain in alpha.test gone.test; do
  printf 'HTTP/1.0 200 OK\\r\\nContent-Type: application/rdap+json\\r\\n\\r\\n{"events":[{"eventAction":"registration","eventDate":"2020-01-01T00:00:00Z"}]}' >/srv/rdap/domain/$domain
done
systemd-run --quiet --unit=rdap --working-directory=/srv/rdap openssl s_server -quiet -accept 8443 -cert /etc/pebble/api.pem -key /etc/pebble/api.key -HTTP
${untilOpen(8443)}`

before(async () => {
  lab = await openLab({
    world: true,
    hosts: [
      { name: 'mx1', release: 'trixie' },
      { name: 'mx2', release: 'bookworm' },
    ],
  })
  laptop = new Laptop(lab)
  inventory = load(await mailInventory(lab)) as typeof inventory
  await onHost('ns1', listener('proxy', '::', 2526, '554 no mail from you'))
  await onHost('ns1', rdap)
  await updateDns(lab, 'alpha.test', [
    'add smtp.alpha.test. 10 A 198.51.100.11',
    'add smtp.alpha.test. 10 AAAA 2001:db8:64::11',
    'add far.alpha.test. 10 A 198.51.100.10',
    'add far.alpha.test. 10 AAAA 2001:db8:ffff::10',
  ])
  for (const address of ['198.51.100.11', '2001:db8:64::11']) await setPtr(lab, address, 'smtp.alpha.test')
})

after(async () => {
  laptop?.close()
  await lab?.close()
})

describe('preflight', () => {
  it('finds nothing wrong with a bare host that is fit, and writes nothing', async () => {
    const disk = written(lab.upperDirectory('mx1'))
    const said = await preflight()
    assert.equal(said.status, 0, failuresOf(said))
    assert.deepEqual(
      findingsOf(said).filter(({ verdict, id }) => verdict !== 'right' && id !== 'ipv6-missing'),
      [],
    )
    assert.deepEqual(written(lab.upperDirectory('mx1')), disk)
  })

  for (const cause of causes) {
    it(`${cause.id}: ${cause.it}`, async () => {
      await change(cause, 'cause')
      const said = await preflight(cause)
      await change(cause, 'mend')
      assert.equal(said.status, cause.isAdvice ? 0 : 1, failuresOf(said))
      const wrong = findingsOf(said).filter(({ verdict }) => verdict === 'wrong')
      assert.deepEqual([...new Set(wrong.map(({ id }) => id))].toSorted(), [cause.id, ...(cause.also ?? [])].toSorted())
      const finding = wrong.find(({ id }) => id === cause.id)
      assert.match(finding?.remedy ?? '', cause.remedy)
    })
  }

  it('root-missing: a user who may not become root', async () => {
    const playbook = laptop.write('user.yaml', '- hosts: mail\n  tasks: [{ host_fit: {} }]\n')
    const said = await run({ id: '', it: '', remedy: /./, entry: { user: 'deploy' } }, playbook)
    assert.equal(said.status, 1)
    const wrong = findingsOf(said).filter(({ verdict }) => verdict === 'wrong')
    assert.deepEqual(
      wrong.map(({ id, remedy }) => ({ id, remedy })),
      [{ id: 'root-missing', remedy: 'log in as root, or set `become: true` for a user who may use sudo' }],
    )
  })

  it('has a cause for everything that it can find', () => {
    const tasks = readFileSync(join(import.meta.dirname, '../../tasks/preflight.yaml'), 'utf8')
    const kinds = resources
      .filter(({ name }) => new RegExp(`^ {2}${name}:`, 'm').test(tasks))
      .flatMap(({ findings = {} }) => Object.keys(findings))
    const caused = new Set([...causes.map(({ id }) => id), 'root-missing'])
    assert.deepEqual([...caused].toSorted(), kinds.toSorted())
  })
})

describe('a host that still is the installer', () => {
  const os = '$(readlink -f /etc/os-release)'
  const begins = `sed 's/^PRETTY_NAME=.*/PRETTY_NAME="TinyCoreLinux 13.1"/' /etc/os-release >/run/tiny; mount --bind /run/tiny ${os}`
  const ends = `umount ${os}`
  // Once somebody has logged in, however long that took: what is cut off then is a wait that has begun.
  const soon = (command: string) =>
    onHost(
      'mx1',
      `systemd-run --quiet --property=RuntimeMaxSec=120 sh -c 'until ss -Htn state established "( sport = :22 )" | grep -q .; do sleep 0.1; done; sleep 2; ${command}'`,
    )

  it('is unknown to a check, which waits for nothing', async () => {
    await onHost('mx1', begins)
    const said = await run(undefined, 'preflight', '--check')
    await onHost('mx1', ends)
    assert.deepEqual(installedIn(said), ['unknown: would wait for system installed'])
  })

  it('is waited for', async () => {
    await onHost('mx1', begins)
    await soon(ends)
    const said = await preflight()
    assert.equal(said.status, 0, failuresOf(said))
    assert.deepEqual(installedIn(said), ['ok: '])
  })

  it('is not waited for where its successor has another key, and the message says what to do', async () => {
    const keys = '/etc/ssh/ssh_host_'
    await onHost('mx1', `${begins}; cp -a /etc/ssh /run/keys`)
    // The keys first: between them and the system there is time for a look.
    await soon(`rm ${keys}*; ssh-keygen -A; systemctl restart ssh; ${ends}`)
    const said = await preflight()
    await onHost('mx1', `rm ${keys}*; cp -a /run/keys/. /etc/ssh/; systemctl restart ssh`)
    assert.equal(said.status, 1)
    assert.match(failuresOf(said), /the host is back with another host key\n.* shows another host key than host_key/)
    const hints = said.events.flatMap((event) => (event.type === 'result' ? (event.failure?.hint ?? []) : []))
    assert.match(
      hints.join(),
      /^If the host was reinstalled, change host_key\. If not, somebody may be listening: stop\.$/,
    )
  })
})

function installedIn({ events }: Said): readonly string[] {
  return events.flatMap((event) =>
    event.type === 'result' && event.resource === 'installed' ? [`${event.status}: ${event.notes.join()}`] : [],
  )
}

async function change({ on, dns }: Cause, which: 'cause' | 'mend'): Promise<void> {
  if (on) await onHost(on.host, on[which])
  if (dns) await updateDns(lab, dns.zone, dns[which])
}

function preflight(cause?: Cause): Promise<Said> {
  return run(cause, 'preflight')
}

function run(cause: Cause | undefined, playbook: string, ...args: readonly string[]): Promise<Said> {
  const { mx1 } = inventory.all.children.mail.hosts
  const entry = Object.fromEntries(Object.entries({ ...mx1, ...cause?.entry }).filter(([, value]) => value !== null))
  const file = laptop.write(
    'inventory.yaml',
    dump({ all: { ...inventory.all, children: { mail: { hosts: { mx1: entry } } } } }),
  )
  const variables = JSON.stringify({ checks, ...cause?.variables })
  return laptop.provision('-i', file, playbook, '--output', 'json', '-e', variables, ...args)
}

function findingsOf({ events }: Said): readonly Finding[] {
  return events.flatMap((event) => (event.type === 'result' ? (event.findings ?? []) : []))
}

function onHost(host: string, command: string): Promise<string> {
  return lab.demand(host, ['sh', '-ec', command])
}
