import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { setPtr } from '../../src/lab/dns.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { type MailRole, mailInventory } from '../../src/lab/mail-inventory.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { inboxDirectory } from '../../src/lab/release.ts'
import { Controller, changedOn, failuresOf, type Said } from './controller.ts'

// The life of mail servers, from bare hosts to a second key, by shipped playbooks only. mx1 (Debian 13) and mx2 (Debian 12)
// serve alpha.test together, each with a key of its own; mx2 also serves beta.test. Each test goes on where the one before
// it ended.

const hosts = ['mx1', 'mx2']
let lab: Lab
let controller: Controller
let recipient: string
let selector = 'mail'

before(async () => {
  lab = await openLab({
    world: true,
    hosts: [
      { name: 'mx1', release: 'trixie' },
      { name: 'mx2', release: 'bookworm' },
    ],
  })
  controller = new Controller(lab)
  const identity = await generateIdentity()
  writeFileSync(join(controller.folder, 'key.txt'), `${identity}\n`, { mode: 0o600 })
  recipient = await identityToRecipient(identity)
  await writeInventory()
  for (const [host, name] of [
    ['mx1', 'smtp.alpha.test'],
    ['mx2', 'smtp.beta.test'],
  ] as const) {
    const { ipv4, ipv6 } = lab.host(host)
    for (const address of [ipv4, ipv6]) await setPtr(lab, address, name)
  }
})

after(async () => {
  controller?.close()
  await lab?.close()
})

/** The inventory as its owner would have it on the day, with today's selector. */
async function writeInventory(): Promise<void> {
  const alpha = {
    senders: { i: '{{ secrets.i }}' },
    aliases: { '*': 'i@beta.test' },
    dkim: { selector, per_host: true },
    dmarc: { policy: 'quarantine', rua: 'dmarc@alpha.test' },
  }
  const beta = { senders: { i: '{{ secrets.i }}' }, aliases: { '*': 'i@beta.test' }, dkim: { selector } }
  const roles: Record<string, MailRole> = {
    mx1: { mailHost: 'smtp.alpha.test', domains: { 'alpha.test': alpha } },
    mx2: { mailHost: 'smtp.beta.test', domains: { 'alpha.test': alpha, 'beta.test': beta } },
  }
  const roots = join(lab.directory, 'roots.pem')
  const settings = [
    `testmail: { inbox: ${inboxDirectory}, ca_bundle: ${roots} }`,
    `verify: { ca_bundle: ${roots} }`,
    `backup: { folder: ${controller.folder}/backups, recipients: [${recipient}], identity: ${controller.folder}/key.txt }`,
  ]
  const text = await mailInventory(lab, roles)
  controller.write('inventory.yaml', text.replace('\n    chasquid:', `\n    ${settings.join('\n    ')}\n    chasquid:`))
}

const play = (playbook: string, ...args: readonly string[]): Promise<Said> =>
  controller.provision('-i', `${controller.folder}/inventory.yaml`, playbook, '--output', 'json', ...args)

/** Runs a playbook that must succeed. */
async function succeed(playbook: string, ...args: readonly string[]): Promise<Said> {
  const said = await play(playbook, ...args)
  assert.equal(said.status, 0, failuresOf(said))
  return said
}

/** A playbook that is repeated changes nothing. */
async function settled(playbook: string): Promise<void> {
  const again = await succeed(playbook)
  for (const host of hosts) assert.deepEqual(changedOn(again, host), [])
}

/** Everything that `mail_status` can find, on one host. @returns the script that mends it. */
async function breakMx1(): Promise<string> {
  await onHost(
    'mx1',
    `systemctl stop acme-renew.timer
    touch /run/reboot-required
    cp -p /var/lib/dpkg/status /root/status
    sed -i '/^Package: chasquid$/,/^$/ s/^Version: .*/Version: 1.17.0-2/' /var/lib/dpkg/status
    mkdir /etc/chasquid/certs/old.test
    openssl req -x509 -newkey rsa:2048 -noenc -subj /CN=old.test -days 3 -keyout /dev/null -out /etc/chasquid/certs/old.test/fullchain.pem
    printf 'ID: "old"\\ncreated_at_ts: {\\n  seconds: 1700000000\\n}\\n' >/var/lib/chasquid/queue/m:old`,
  )
  return `systemctl start acme-renew.timer
    rm -r /run/reboot-required /etc/chasquid/certs/old.test /var/lib/chasquid/queue/m:*
    mv /root/status /var/lib/dpkg/status
    systemctl restart chasquid`
}

async function onHost(host: string, script: string): Promise<string> {
  return lab.demand(host, ['sh', '-c', script])
}

describe('the life of mail servers', () => {
  it('preflight finds hosts fit to become mail servers', async () => {
    await succeed('preflight')
  })

  it('site makes mail servers of them, once', async () => {
    await succeed('site')
    await settled('site')
  })

  it('dns has everything, and the second time nothing to send', async () => {
    await settled('dns')
  })

  it('verify finds nothing wrong that is required', async () => {
    await succeed('verify')
  })

  it('testmail crosses the network, and is judged well', async () => {
    await succeed('testmail')
  })

  it('status knows the hosts, and sees no change a moment later', async () => {
    await succeed('status')
    const again = await succeed('status')
    const messages = again.events.flatMap((event) => (event.type === 'message' ? [event.text] : []))
    assert.equal(messages.filter((text) => text.includes('nothing has changed')).length, hosts.length)
  })

  it('status finds each thing that goes wrong, and nothing else', async () => {
    const mend = await breakMx1()
    const said = await play(
      controller.write(
        'status.yaml',
        `- hosts: mx1
  variables: mail
  tasks:
    - test_mail:
        server: smtp.alpha.test
        from: i@alpha.test
        password: "{{ secrets.i }}"
        to: nobody@gamma.test
        ports: [465]
        ca_bundle: "{{ testmail.ca_bundle }}"
      register: sent
    - mail_delivery: { messages: "{{ sent.messages }}", since: "{{ sent.since }}", follow: 15 }
    - mail_status: { name: smtp.alpha.test, queue_items: 1, max_disk: 1 }
`,
      ),
    )
    await onHost('mx1', mend)
    const found = said.events.flatMap((event) =>
      event.type === 'result' && event.resource === 'mail_status' ? (event.findings ?? []) : [],
    )
    const wrong = found.filter(({ verdict }) => verdict === 'wrong')
    assert.deepEqual(wrong.map(({ id }) => id).toSorted(), [
      'certificate-ending',
      'delivery-refused',
      'disk-nearly-full',
      'queue-full',
      'queue-old',
      'reboot-wanted',
      'service-down',
      'version-vulnerable',
    ])
    assert.ok(wrong.every(({ remedy }) => remedy !== undefined && remedy !== ''))
    assert.equal(said.status, 1)
  })

  it('http tells another page and a server that is not trusted from what is wanted', async () => {
    const address = lab.nameserver!.ipv4
    const said = await play(
      controller.write(
        'http.yaml',
        `- hosts: mx1
  tasks:
    - http: { url: "https://${address}:14000/dir", ca_bundle: ${join(lab.directory, 'roots.pem')}, status: 404 }
    - http: { url: "https://${address}:14000/dir" }
    - http: { url: "https://${address}:14000/dir", ca_bundle: ${join(lab.directory, 'roots.pem')} }
`,
      ),
    )
    assert.deepEqual(
      said.events
        .flatMap((event) => (event.type === 'result' ? (event.findings ?? []) : []))
        .map(({ id, verdict }) => `${id} ${verdict}`),
      [
        'http-unreachable right',
        'http-different wrong',
        'http-unreachable wrong',
        'http-unreachable right',
        'http-different right',
      ],
    )
  })

  it('backup keeps an encrypted archive of each, and the same one the second time', async () => {
    await succeed('backup')
    await settled('backup')
  })

  it('a host that was lost comes back with the same certificate, keys and users', async () => {
    const identity = `
      openssl x509 -in /etc/chasquid/certs/beta.test/fullchain.pem -noout -serial
      find /etc/chasquid/domains -type f ! -name aliases -exec sha256sum {} + | sort`
    const lost = await onHost('mx2', identity)
    await lab.recreate('mx2')
    await succeed('restore', '--limit', 'mx2')
    assert.equal(await onHost('mx2', identity), lost)
    await settled('site')
    await succeed('verify')
  })

  it('rotate-dkim signs with a new key after everybody can see it', async () => {
    selector = 's2026'
    await writeInventory()
    const refused = await play('site')
    assert.equal(refused.status, 1, 'site does not change the key that signs')
    await succeed('rotate-dkim')
    await settled('rotate-dkim')
    assert.match(await onHost('mx2', 'ls /etc/chasquid/domains/*'), /dkim:s2026-mx2\.pem\n.*dkim:s2026\.pem/s)
    await succeed('testmail')
  })

  it('renew-drill gets a new certificate and proves that it is served', async () => {
    const serial = 'openssl x509 -in /etc/chasquid/certs/alpha.test/fullchain.pem -noout -serial'
    const before = await onHost('mx1', serial)
    await succeed('renew-drill')
    assert.notEqual(await onHost('mx1', serial), before)
    await succeed('verify')
    await settled('site')
  })
})
