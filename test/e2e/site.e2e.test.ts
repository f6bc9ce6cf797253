import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Lab } from '../../src/lab/lab.ts'
import { LabForwarder } from '../../src/lab/lab-forwarder.ts'
import { mailInventory, senderPassword } from '../../src/lab/mail-inventory.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { proveMail } from '../../src/lab/proof.ts'
import type { Submission } from '../../src/lab/submit-process.ts'
import { chasquidCauses } from './chasquid-causes.ts'
import { Controller, changedOn, changesOf, failuresOf, type Said, unknownOf } from './controller.ts'
import { written } from './disk.ts'

// The main job on two bare hosts, Debian 13 and Debian 12: each test goes on where the one before it ended.

const hosts = ['mx1', 'mx2']
let lab: Lab
let controller: Controller
let check: Said
let apply: Said

before(async () => {
  lab = await openLab({
    world: true,
    hosts: [
      { name: 'mx1', release: 'trixie' },
      { name: 'mx2', release: 'bookworm' },
    ],
  })
  controller = new Controller(lab)
  controller.write('inventory.yaml', await mailInventory(lab))
})

after(async () => {
  controller?.close()
  await lab?.close()
})

const site = (...args: readonly string[]): Promise<Said> =>
  controller.provision('-i', `${controller.folder}/inventory.yaml`, 'site', '--output', 'json', ...args)

describe('site', () => {
  it('says in a check what it would change, exits with 2, and writes nothing', async () => {
    const before = hosts.map((host) => written(lab.upperDirectory(host)))
    check = await site('--check')
    assert.equal(check.status, 2, failuresOf(check))
    hosts.forEach((host, index) => {
      assert.ok(changesOf(check, host).length > 10, 'a bare host needs more than that')
      assert.deepEqual(written(lab.upperDirectory(host)), before[index])
    })
  })

  it('applies exactly that; what it could not know yet are follow-ups', async () => {
    apply = await site('-vv')
    assert.equal(apply.status, 0, failuresOf(apply))
    for (const host of hosts) {
      const foretold = new Set(changesOf(check, host))
      const unknown = new Set(unknownOf(check, host))
      const done = changedOn(apply, host)
      const texts = new Set(done.map(({ text }) => text))
      assert.deepEqual(
        [...foretold].filter((text) => !texts.has(text)),
        [],
        'foretold, but not done',
      )
      assert.deepEqual(
        done.filter(({ place, text }) => !foretold.has(text) && !unknown.has(place)),
        [],
        'done, but not foretold',
      )
    }
  })

  it('prints no secret, scripts and all output included', async () => {
    const tsig = readFileSync(join(lab.directory, 'tsig.secret'), 'utf8').trim()
    for (const secret of [senderPassword, tsig]) {
      assert.equal((check.stdout + check.stderr + apply.stdout + apply.stderr).includes(secret), false)
    }
    assert.match(apply.stdout, /‹secret›/)
  })

  it('changes nothing the second time', async () => {
    const again = await site()
    assert.equal(again.status, 0, failuresOf(again))
    for (const host of hosts) assert.deepEqual(changesOf(again, host), [])
  })

  it('is as wanted in a check afterwards, and exits with 0', async () => {
    const before = hosts.map((host) => written(lab.upperDirectory(host)))
    const said = await site('--check')
    assert.equal(said.status, 0, failuresOf(said))
    for (const [index, host] of hosts.entries()) assert.deepEqual(written(lab.upperDirectory(host)), before[index])
  })

  it('has made servers whose mail is accepted: TLS 1.3, SPF and DKIM pass, over IPv6', async () => {
    const [mx1, mx2] = lab.hosts
    const proof = await proveMail(lab, mx1!, mx2!, 'anybody@beta.test')
    assert.equal(proof.spf, 'pass', proof.message)
    assert.equal(proof.dkim, 'pass', proof.message)
    assert.equal(proof.from, mx1!.ipv6, proof.message)
    assert.equal(proof.tls, 'TLS 1.3', proof.message)
  })

  it('has made servers that send in the other direction too, from port 587', async () => {
    const [mx1, mx2] = lab.hosts
    const proof = await proveMail(lab, mx2!, mx1!, 'i@alpha.test', 587)
    assert.deepEqual([proof.spf, proof.dkim], ['pass', 'pass'], proof.message)
  })

  it('has made servers whose senders can use their own addresses only', async () => {
    const [mx1] = lab.hosts
    const submission: Submission = {
      address: mx1!.ipv4,
      port: 465,
      serverName: 'smtp.alpha.test',
      user: 'i@alpha.test',
      from: 'boss@alpha.test',
      to: 'i@beta.test',
      subject: 'forged',
    }
    const program = join(import.meta.dirname, '../../src/lab/submit-process.ts')
    const { status, stderr } = await lab.execute(
      [process.execPath, ...process.execArgv, program, JSON.stringify(submission)],
      { input: senderPassword, environment: { NODE_EXTRA_CA_CERTS: join(lab.directory, 'roots.pem') } },
    )
    assert.notEqual(status, 0)
    assert.match(stderr, /554 i@alpha\.test may not send as boss@alpha\.test \(MAIL FROM\)/)
  })

  it('prints the records to add where no server takes them', async () => {
    const said = await site('--tags', 'dns', '-e', '{"dns": {"publish": "print"}}')
    assert.equal(said.status, 0, failuresOf(said))
    const tables = said.events.flatMap((event) => (event.type === 'message' ? [event.text.split('\n')[0]] : []))
    assert.deepEqual(
      tables.toSorted(),
      ['alpha', 'beta'].map((name) => `${name}.test — all 7 records are as wanted (asked ns1.alpha.test)`),
    )
    const zone = said.events.find(
      (event) => event.type === 'document' && event.format === 'zone' && event.host === 'mx1',
    )
    const lines = zone?.type === 'document' ? zone.text.split('\n').filter((line) => / IN /.test(line)) : []
    const [a, aaaa, helo, mx, spf, dkim, dmarc] = lines.map((line) => line.replaceAll(/ +/g, ' '))
    assert.deepEqual(
      [a, aaaa, helo, mx, spf, dmarc],
      [
        'smtp IN A 198.51.100.11',
        'smtp IN AAAA 2001:db8:64::11',
        'smtp IN TXT "v=spf1 a -all"',
        '@ IN MX 10 smtp.alpha.test.',
        '@ IN TXT "v=spf1 mx ip4:198.51.100.11 ip6:2001:db8:64::11 ~all"',
        '_dmarc IN TXT "v=DMARC1; p=none"',
      ],
    )
    assert.match(dkim ?? '', /^mail\._domainkey IN TXT "v=DKIM1; k=rsa; p=[A-Za-z0-9+/=" ]+"$/)
  })

  it('makes at most 4 network turns after authentication when nothing changes', async () => {
    const forwarder = new LabForwarder(lab, {
      listen: { host: '198.51.100.1' },
      target: { host: lab.host('mx1').ipv4, port: 22 },
      // Long enough that no wait for a processor looks like one for the network, unless the machine is busy.
      roundTripMilliseconds: 100,
    })
    try {
      const through = [
        '--limit',
        'mx1',
        '-e',
        JSON.stringify({ ansible_host: '198.51.100.1', ansible_port: await forwarder.open() }),
      ]
      const inventory = ['-i', `${controller.folder}/inventory.yaml`]
      const ping = await controller.provision('ping', ...inventory, ...through)
      assert.equal(ping.status, 0, ping.stdout + ping.stderr)
      const login = await forwarder.traffic()
      let fewest = Number.POSITIVE_INFINITY
      for (let tries = 0; tries < 5 && fewest > login.turns + 2; tries++) {
        await forwarder.reset()
        const said = await site(...through)
        assert.deepEqual(changesOf(said, 'mx1'), [], failuresOf(said))
        fewest = Math.min(fewest, (await forwarder.traffic()).turns)
      }
      // turns.e2e.test.ts: a ping makes two turns after authentication, and one for whose answer it does not wait.
      assert.ok(fewest - login.turns + 2 <= 4, `${fewest} turns, where a ping needs ${login.turns}`)
    } finally {
      await forwarder.close()
    }
  })

  for (const { id, it: what, cause, mend, remedy } of chasquidCauses) {
    it(`finds on the host: ${id}, ${what}`, async () => {
      const playbook = controller.write(
        'running.yaml',
        '- { hosts: mx1, tasks: [{ chasquid_running: { mail_host: smtp.alpha.test, settle: 1 } }] }\n',
      )
      await lab.demand('mx1', ['sh', '-ec', cause])
      const said = await controller.provision('-i', `${controller.folder}/inventory.yaml`, playbook, '--output', 'json')
      await lab.demand('mx1', ['sh', '-ec', mend])
      const findings = said.events.flatMap((event) => (event.type === 'result' ? (event.findings ?? []) : []))
      const wrong = findings.filter(({ verdict }) => verdict === 'wrong')
      assert.deepEqual([...new Set(wrong.map((finding) => finding.id))], [id], failuresOf(said))
      for (const finding of wrong) assert.match(finding.remedy ?? '', remedy)
    })
  }
})
