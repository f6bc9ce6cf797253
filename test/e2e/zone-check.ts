import type { Lab } from '../../src/lab/lab.ts'

/**
 * Lets the lab's name server load zones made of these fragments, besides what it serves; nothing stays behind.
 *
 * @param fragments zone → text of `formatZone`.
 * @throws {Error} with what knotc(8) says when it cannot load one.
 */
export async function checkZones(lab: Lab, fragments: Readonly<Record<string, string>>): Promise<void> {
  if (!lab.nameserver) throw new Error(`lab ${lab.id} was opened without a world`)
  const zones = Object.keys(fragments)
  const files = Object.entries(fragments).map(
    ([zone, fragment]) => [`${zone}.zone`, wholeZone(zone, fragment)] as const,
  )
  const configuration = [
    'template:\n  - id: default\n    storage: .\n    file: "%s.zone"\n    semantic-checks: on',
    'zone:',
    ...zones.map((zone) => `  - domain: ${zone}`),
  ]
  const texts = [['knot.conf', `${configuration.join('\n')}\n`] as const, ...files]
  const script = [
    'set -eu',
    'folder=$(mktemp -d)',
    `trap 'rm -r "$folder"' EXIT`,
    'cd "$folder"',
    ...texts.map(([name, text]) => `cat >${name} <<'END-OF-FILE'\n${text}END-OF-FILE`),
    'knotc --config knot.conf --force zone-check',
  ]
  await lab.demand(lab.nameserver.name, ['sh', '-s'], { input: `${script.join('\n')}\n` })
}

/** What a fragment is merged into. */
function wholeZone(zone: string, fragment: string): string {
  const soa = `${zone}. 3600 IN SOA ns1.${zone}. hostmaster.${zone}. 1 3600 600 86400 300`
  return `${soa}\n${zone}. 3600 IN NS ns1.${zone}.\nns1.${zone}. 3600 IN A 198.51.100.10\n${fragment}`
}
