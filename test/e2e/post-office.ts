import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Finding } from '../../src/core/finding.ts'
import { setPtr, updateDns } from '../../src/lab/dns.ts'
import type { Outcome } from '../../src/lab/execute.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { mailInventory, senderPassword } from '../../src/lab/mail-inventory.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { inboxDirectory } from '../../src/lab/release.ts'
import type { Explanation } from '../../src/mail/explain-message.ts'
import type { CheckedMessage } from '../../src/mail/message-findings.ts'
import { Controller, failuresOf, type Said } from './controller.ts'
import type { SecondOpinion } from './outsider.ts'

/** What `explain-mail --verify` says of a message. */
export interface Explained {
  readonly status: number
  readonly message: Explanation
  readonly checked: CheckedMessage
  readonly findings: readonly Finding[]
}

/** What differs from one message to another. */
export interface Trip {
  readonly password?: string
  readonly directory?: string
  readonly follow?: number
}

/**
 * Two mail hosts, mx1 for alpha.test and mx2 for beta.test, and what can be seen of the messages between them. i@ of each
 * domain has a mailbox; whoever else is written to at beta.test is i@alpha.test.
 */
export class PostOffice {
  readonly lab: Lab
  readonly controller: Controller

  private constructor(lab: Lab) {
    this.lab = lab
    this.controller = new Controller(lab)
  }

  static async open(): Promise<PostOffice> {
    const lab = await openLab({
      world: true,
      hosts: [
        { name: 'mx1', release: 'trixie' },
        { name: 'mx2', release: 'bookworm' },
      ],
    })
    const office = new PostOffice(lab)
    // Mail for i stays on its host, in a mailbox: the catch-all is not for it.
    const own = { senders: { i: '{{ secrets.i }}' }, receivers: ['box'], aliases: { '*': 'i@alpha.test', i: 'box' } }
    const serve = (domain: string) => ({ mailHost: `smtp.${domain}`, domains: { [domain]: own } })
    const settings = `testmail: { inbox: ${inboxDirectory}, ca_bundle: ${join(lab.directory, 'roots.pem')} }`
    const inventory = await mailInventory(lab, { mx1: serve('alpha.test'), mx2: serve('beta.test') })
    office.controller.write('inventory.yaml', inventory.replace('\n    chasquid:', `\n    ${settings}\n    chasquid:`))
    for (const [index, host] of lab.hosts.entries()) {
      for (const address of [host.ipv4, host.ipv6]) await setPtr(lab, address, `smtp.${lab.domains[index]}`)
    }
    const site = await office.play('site')
    assert.equal(site.status, 0, failuresOf(site))
    return office
  }

  async close(): Promise<void> {
    this.controller.close()
    await this.lab.close()
  }

  play(playbook: string, ...args: readonly string[]): Promise<Said> {
    const inventory = join(this.controller.folder, 'inventory.yaml')
    return this.controller.provision('-i', inventory, playbook, '--output', 'json', ...args)
  }

  /** Sends a message from mx1, and fetches it at the receiver. */
  trip(to: string, receiver: string, trip: Trip = {}): Promise<Said> {
    const { password = senderPassword, directory = inboxDirectory, follow = 30 } = trip
    const playbook = `
- hosts: mx1
  tasks:
    - test_mail:
        server: smtp.alpha.test
        from: i@alpha.test
        password: ${password}
        to: ${to}
        ports: [465]
        ca_bundle: "{{ testmail.ca_bundle }}"
      register: sent
    - mail_delivery: { messages: "{{ sent.messages }}", since: "{{ sent.since }}", follow: ${follow} }
- hosts: ${receiver}
  tasks:
    - mail_received: { messages: "{{ hostvars.mx1.sent.messages }}", directory: ${directory}, follow: ${follow} }
`
    return this.play(this.controller.write('trip.yaml', playbook))
  }

  /** Changes records, and lets a host forget what it knew of them. */
  async change(zone: string, host: string, lines: readonly string[]): Promise<void> {
    await updateDns(this.lab, zone, lines)
    await this.lab.demand(host, ['resolvectl', 'flush-caches'])
  }

  /** The newest message in a host's mailbox. */
  newest(host: string): Promise<string> {
    return this.lab.demand(host, ['sh', '-c', `cat "$(ls -t ${inboxDirectory}/*/*.eml | head -n 1)"`])
  }

  /** The message with this Message-ID, waited for. */
  arrived(host: string, messageId: string): Promise<string> {
    const find = `until file=$(grep -rlF -e "$1" --include='*.eml' ${inboxDirectory}); do sleep 0.1; done; cat "$file"`
    return this.lab.demand(host, ['timeout', '20', 'sh', '-c', find, 'sh', messageId])
  }

  async explain(raw: string): Promise<Explained> {
    const file = this.controller.write('message.eml', raw)
    const said = await this.controller.provision('explain-mail', file, '--verify', '--output', 'json')
    assert.equal(said.stderr, '')
    return { status: said.status, ...(JSON.parse(said.stdout) as Omit<Explained, 'status'>) }
  }

  outsider(task: 'forge' | 'judge', about: object, input = ''): Promise<Outcome> {
    const program = [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'outsider.ts')]
    return this.lab.execute([...program, task, JSON.stringify(about)], { input })
  }

  /** The receiver (which knows no DMARC), provision and mailauth all say this of a message. */
  async agree(raw: string, expected: SecondOpinion): Promise<void> {
    const { message, checked } = await this.explain(raw)
    const { arrival, sender = '', verdicts } = message
    const envelope = { ip: arrival?.address, helo: arrival?.helo, sender }
    const { stdout, stderr } = await this.outsider('judge', envelope, raw)
    assert.notEqual(stdout, '', stderr)
    const opinions = {
      receiver: { spf: verdicts.spf?.result, dkim: verdicts.dkim.map(({ result }) => result) },
      ours: {
        spf: checked.spf?.result,
        dkim: checked.dkim.length === 0 ? ['none'] : checked.dkim.map(({ result }) => result),
        dmarc: checked.dmarc?.result,
      },
      mailauth: JSON.parse(stdout) as SecondOpinion,
    }
    const { dmarc: _, ...withoutDmarc } = expected
    assert.deepEqual(opinions, { receiver: withoutDmarc, ours: expected, mailauth: expected }, raw)
  }
}

/** What the tasks of a resource found on a host. */
export function findingsOn(said: Said, host: string, resource: string): readonly Finding[] {
  return said.events.flatMap((event) =>
    event.type === 'result' && event.host === host && event.resource === resource ? (event.findings ?? []) : [],
  )
}

/** The ids of what is wrong, or unknown. */
export function faultsIn(findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(({ verdict }) => verdict !== 'right')
    .map(({ id, verdict }) => (verdict === 'wrong' ? id : `${verdict} ${id}`))
}
