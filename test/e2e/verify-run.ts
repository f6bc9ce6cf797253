import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dump, load } from 'js-yaml'
import type { Finding } from '../../src/core/finding.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { reverseZones } from '../../src/lab/addresses.ts'
import { lookUp, updateDns } from '../../src/lab/dns.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { mailInventory } from '../../src/lab/mail-inventory.ts'
import type { RecordType } from '../../src/mail/dns-record.ts'
import { type Certified, makeCertificate } from '../network/certificates.ts'
import { Controller, type Said } from './controller.ts'
import { restartMail, startLax, stopLax } from './lax-server.ts'
import type { Fault, Replacement, Site } from './verify-fault.ts'
import { resolvers } from './verify-world.ts'

export const sites: { readonly [host in Site['host']]: Site } = {
  mx1: { host: 'mx1', domain: 'alpha.test', server: 'smtp.alpha.test', ipv4: '198.51.100.11', ipv6: '2001:db8:64::11' },
  mx2: { host: 'mx2', domain: 'beta.test', server: 'smtp.beta.test', ipv4: '198.51.100.12', ipv6: '2001:db8:64::12' },
}

interface Inventory {
  readonly all: {
    readonly vars: { readonly [name: string]: JsonObject }
    readonly children: { readonly mail: { readonly hosts: { readonly [host: string]: JsonObject } } }
  }
}

/** A laptop beside two mail hosts that have everything, and what makes something wrong there. */
export class Verifier {
  readonly lab: Lab
  readonly controller: Controller
  readonly #authority: Certified = makeCertificate({ names: ['Another CA'], isAuthority: true })
  readonly #file: string
  readonly #inventory: Inventory

  static async open(lab: Lab): Promise<Verifier> {
    return new Verifier(lab, load(await mailInventory(lab, roles())) as Inventory)
  }

  private constructor(lab: Lab, { all }: Inventory) {
    this.lab = lab
    this.controller = new Controller(lab)
    const roots = readFileSync(join(lab.directory, 'roots.pem'), 'utf8')
    const bundle = this.controller.write('roots.pem', `${roots}${this.#authority.cert}`)
    const lists = { addresses: ['bl.alpha.test'], domains: ['dbl.alpha.test'] }
    const { mx1, mx2 } = all.children.mail.hosts
    this.#inventory = {
      all: {
        vars: {
          ...all.vars,
          dns: { ...all.vars.dns, resolver: resolvers.validating },
          checks: { ...all.vars.checks, blocklists: lists, rdap: false },
          verify: { ca_bundle: bundle },
        },
        children: { mail: { hosts: { mx1: { ...mx1, parked: ['gamma.test'] }, mx2: mx2! } } },
      },
    }
    this.#file = this.controller.write('inventory.yaml', dump(this.#inventory))
  }

  /** @param variables what the inventory says otherwise, by the name of the variable. */
  play(playbook: string, variables: JsonObject = {}): Promise<Said> {
    const { vars } = this.#inventory.all
    const merged = Object.entries(variables).map(([name, value]) => [
      name,
      isMapping(value) ? { ...vars[name], ...value } : value,
    ])
    const extra = merged.length === 0 ? [] : ['-e', JSON.stringify(Object.fromEntries(merged))]
    return this.controller.provision('-i', this.#file, playbook, '--output', 'json', ...extra)
  }

  /** Makes something wrong. @returns what makes it right again. */
  async cause({ records = [], on, certificate, lax }: Fault, site: Site): Promise<() => Promise<void>> {
    const mends: (() => Promise<unknown>)[] = []
    if (records.length > 0) mends.push(await this.#replace(records))
    if (on) {
      await this.onHost(site.host, on.cause)
      mends.push(() => this.onHost(site.host, on.mend))
    }
    if (lax) {
      await this.onHost(site.host, startLax(lax, site))
      mends.push(() => this.onHost(site.host, stopLax))
    }
    if (certificate) mends.push(await this.#certify(certificate, site))
    return async () => {
      for (const mend of mends) await mend()
    }
  }

  onHost(host: string, script: string, input = ''): Promise<string> {
    return this.lab.demand(host, ['sh', '-ec', script], { input })
  }

  async #replace(records: readonly Replacement[]): Promise<() => Promise<void>> {
    const present = await this.#present(records)
    const wanted = records.map(([name, type, values], index) => {
      const before = present[index]!
      return [name, type, typeof values === 'function' ? values(before) : values] as const
    })
    await this.#write(wanted)
    return () => this.#write(records.map(([name, type], index) => [name, type, present[index]!]))
  }

  async #write(records: readonly (readonly [name: string, type: RecordType, values: readonly string[]])[]) {
    const present = await this.#present(records)
    // What goes goes first: a server takes no CNAME beside other records.
    await this.#update(
      records.flatMap(([name, type, values], index) =>
        present[index]!.filter((value) => !values.includes(value)).map((value) => ['delete', name, type, value]),
      ),
    )
    await this.#update(
      records.flatMap(([name, type, values], index) =>
        values.filter((value) => !present[index]!.includes(value)).map((value) => ['add', name, `10 ${type}`, value]),
      ),
    )
  }

  #present(records: readonly (readonly [string, RecordType, ...unknown[]])[]): Promise<readonly string[][]> {
    return Promise.all(records.map(([name, type]) => lookUp(this.lab, name, type)))
  }

  async #update(lines: readonly (readonly string[])[]): Promise<void> {
    for (const zone of [...this.lab.domains, ...reverseZones]) {
      const own = lines.filter(([, name = '']) => name === zone || name.endsWith(`.${zone}`))
      if (own.length === 0) continue
      await updateDns(
        this.lab,
        zone,
        own.map(([verb, name, type, value]) => `${verb} ${name}. ${type} ${value}`),
      )
    }
  }

  async #certify(
    { isNotServed, isUntrusted, ...wish }: NonNullable<Fault['certificate']>,
    { host, domain }: Site,
  ): Promise<() => Promise<string>> {
    const folder = `/etc/chasquid/certs/${domain}`
    // The same key: TLSA records go on fitting.
    const ownKey = await this.onHost(host, `cat ${folder}/privkey.pem`)
    const { cert } = makeCertificate({ ...wish, ownKey, ...(isUntrusted ? {} : { signer: this.#authority }) })
    const restart = isNotServed ? '' : restartMail
    await this.onHost(host, `cp -p ${folder}/fullchain.pem /run; cat >${folder}/fullchain.pem; ${restart}`, cert)
    return () => this.onHost(host, `cat /run/fullchain.pem >${folder}/fullchain.pem; ${restart}`)
  }
}

/** What was found about a host and the domains that it leads. */
export function findingsOf({ events }: Said, host: string): readonly Finding[] {
  return events.flatMap((event) => (event.type === 'result' && event.host === host ? (event.findings ?? []) : []))
}

// Everything that a domain may have.
function roles() {
  const role = ({ server, domain }: Site) => ({
    mailHost: server,
    domains: {
      [domain]: {
        senders: { i: '{{ secrets.i }}' },
        aliases: { '*': `i@${domain}` },
        dmarc: { policy: 'quarantine', rua: `dmarc@${domain}` },
        tls_rpt: `tls@${domain}`,
        mta_sts: 'testing',
        caa: 'pebble.test',
        tlsa: true,
        srv: true,
      },
    },
  })
  return { mx1: role(sites.mx1), mx2: role(sites.mx2) }
}

function isMapping(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
