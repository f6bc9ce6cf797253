import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Finding } from '../../src/core/finding.ts'
import { mailInventory } from '../../src/lab/mail-inventory.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { failuresOf, type Said } from './controller.ts'
import { Laptop } from './laptop.ts'

/** The owner of two mail hosts: mx1 (Debian 13) serves alpha.test, mx2 (Debian 12) beta.test. */
export class Operator extends Laptop {
  /** What alpha.test has in the inventory of the day. */
  alpha: object = {}

  static async open(): Promise<Operator> {
    const lab = await openLab({
      world: true,
      hosts: [
        { name: 'mx1', release: 'trixie' },
        { name: 'mx2', release: 'bookworm' },
      ],
    })
    return new Operator(lab)
  }

  /** Writes the inventory of the day; answers the words that name it on the command line. */
  async today(): Promise<readonly ['-i', string]> {
    const serve = (domain: string, more: object) => ({
      mailHost: `smtp.${domain}`,
      domains: { [domain]: { senders: { i: '{{ secrets.i }}' }, aliases: { '*': `i@${domain}` }, ...more } },
    })
    const text = await mailInventory(this.lab, { mx1: serve('alpha.test', this.alpha), mx2: serve('beta.test', {}) })
    const verify = `verify: { ca_bundle: ${join(this.lab.directory, 'roots.pem')} }`
    return ['-i', this.write('inventory.yaml', text.replace('\n    chasquid:', `\n    ${verify}\n    chasquid:`))]
  }

  async play(playbook: string, ...args: readonly string[]): Promise<Said> {
    return this.provision(...(await this.today()), playbook, '--output', 'json', ...args)
  }

  /** Runs a playbook that must succeed. */
  async succeed(playbook: string, ...args: readonly string[]): Promise<Said> {
    const said = await this.play(playbook, ...args)
    assert.equal(said.status, 0, failuresOf(said))
    return said
  }

  async logs(...args: readonly string[]): Promise<Said> {
    return this.provision('logs', ...(await this.today()), ...args)
  }

  /** Ends the hosts, too. */
  async end(): Promise<void> {
    this.close()
    await this.lab.close()
  }
}

/** What tasks told the user. */
export function messagesOf({ events }: Said): string {
  return events.flatMap((event) => (event.type === 'message' ? [event.text] : [])).join('\n')
}

export function findingsOf({ events }: Said): readonly Finding[] {
  return events.flatMap((event) => (event.type === 'result' ? (event.findings ?? []) : []))
}
