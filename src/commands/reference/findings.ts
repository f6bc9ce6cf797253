import type { FindingKind } from '../../core/finding.ts'
import type { Resource } from '../../core/resource.ts'
import { GENERATED, table } from './table.ts'

/** A kind of thing that is found wrong, with who finds it. */
export interface KnownKind extends FindingKind {
  readonly id: string
  readonly probe: string
}

/** Every kind of every resource, in the order of the resources. */
export function findingKinds(resources: readonly Resource[]): readonly KnownKind[] {
  return resources.flatMap(({ name, findings = {} }) =>
    Object.entries(findings).map(([id, kind]) => ({ ...kind, id, probe: name })),
  )
}

/** What one resource finds wrong, as a table; empty where it is no probe. */
export function findingTable(resource: Resource): string {
  const rows = findingKinds([resource]).map(({ id, importance, summary, remedy }) => [
    code(id),
    importance,
    summary,
    remedy,
  ])
  return rows.length === 0 ? '' : table(['finding', 'importance', 'what is wrong', 'what mends it'], rows)
}

/**
 * `docs/findings.md`: what probes find wrong.
 *
 * @param testsOf Names of the tests that cause a kind for real.
 */
export function findingsPage(resources: readonly Resource[], testsOf: (id: string) => readonly string[]): string {
  const rows = findingKinds(resources)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, importance, summary, remedy, probe }) => [
      code(id),
      importance,
      summary,
      remedy,
      `[\`${probe}\`](resources.md#${probe})`,
      testsOf(id).map(code).join(', '),
    ])
  return `${GENERATED}
# Findings

Probes look and change nothing; what they find is shown as [output.md](output.md#findings) says, and named by these words in \`--output json\` and with \`-v\`. What is _required_ and wrong fails the host at the end of the play; the rest is advice.
A finding shows the exact record or command for the case at hand; what mends it in general stands here. The last column names the tests, below \`test/e2e/\`, that bring each about on real hosts.

${table(['finding', 'importance', 'what is wrong', 'what mends it', 'resource', 'test'], rows)}
`
}

function code(text: string): string {
  return `\`${text}\``
}
