import { updateDns } from '../../src/lab/dns.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { floor } from '../tools/floor.ts'
import type { Tool } from '../types.ts'
import { siteAnsible } from './ansible.ts'
import { siteProvision } from './provision.ts'
import { siteScript } from './script.ts'
import { siteState } from './state.ts'

/** Those that make a mail server of the one host; `prepare` does not look at the wanted things. */
export async function siteTools(lab: Lab, host = 'mx1'): Promise<readonly Tool[]> {
  return [floor, siteScript(lab, host), siteProvision(lab, host), ...siteAnsible(lab, host)]
}

/**
 * Empties the zone that the host's records go to, but for what the lab itself has there: a first run finds DNS as it is on the
 * first day. Called ahead of each first run, beside `lab.recreate`.
 */
export async function resetSite(lab: Lab, host = 'mx1'): Promise<void> {
  const { domain, mail_host } = await siteState(lab, host)
  const names = [`${mail_host}.`, `_dmarc.${domain}.`, `mail._domainkey.${domain}.`, `_acme-challenge.${domain}.`]
  const records = [`delete ${domain}. MX`, `delete ${domain}. TXT`, ...names.map((name) => `delete ${name}`)]
  await updateDns(lab, domain, records)
}
