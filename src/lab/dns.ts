/**
 * Looking at and changing the records of a lab's DNS, from inside its DNS server.
 */
import { reverseName, reverseZones } from './addresses.ts'
import type { Lab } from './lab.ts'

/** Carries out update lines as nsupdate understands them, such as `add smtp.alpha.test. 10 A 198.51.100.11`. */
export async function updateDns(lab: Lab, zone: string, lines: readonly string[]): Promise<void> {
  const script = ['server 127.0.0.1', `zone ${zone}.`, ...lines.map((line) => `update ${line}`), 'send', '']
  await lab.demand(nameserver(lab), ['knsupdate', '-k', '/etc/knot/tsig.key'], { input: script.join('\n') })
}

/** Sets the one name that an address has in reverse DNS, as a provider's panel does. */
export async function setPtr(lab: Lab, address: string, name: string): Promise<void> {
  const reverse = reverseName(address)
  const zone = reverseZones.find((one) => reverse.endsWith(`.${one}`))
  if (!zone) throw new Error(`${address} is no address of a lab`)
  await updateDns(lab, zone, [`delete ${reverse}. PTR`, `add ${reverse}. 10 PTR ${name.replace(/\.$/, '')}.`])
}

/** What the lab's DNS answers, one record a line, as dig's short form prints it. */
export async function lookUp(lab: Lab, name: string, type: string): Promise<string[]> {
  const printed = await lab.demand(nameserver(lab), ['kdig', '@127.0.0.1', '+short', name, type])
  return printed.split('\n').filter(Boolean)
}

function nameserver(lab: Lab): string {
  if (!lab.nameserver) throw new Error(`lab ${lab.id} was opened without a world`)
  return lab.nameserver.name
}
