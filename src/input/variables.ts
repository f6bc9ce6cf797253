import type { Json } from '../core/json.ts'
import { isMapping } from './lookup.ts'
import type { Problems } from './problems.ts'
import { kindOf, type Source } from './source.ts'

/**
 * What a user wrote is a template, rendered when it is asked for; data (facts, results, loop values) is never rendered.
 * A pending value is that of a loop which only the run can resolve.
 */
export type Variable = { readonly source: Source } | { readonly data: Json } | { readonly pending: true }

/** Variables of one origin, by name. */
export type Layer = ReadonlyMap<string, Variable>

/** Names that always mean the same, so that nobody may define them. */
const RESERVED: ReadonlyMap<string, string> = new Map([
  ['inventory_hostname', 'it is the name of the host in the inventory'],
  ['group_names', 'it lists the groups of the host'],
  ['groups', 'it lists the hosts of each group'],
  ['playbook_dir', 'it is the directory of the playbook'],
  ['selected_tags', 'it lists the tags of the tasks that this run takes'],
])

/** Why a name cannot be defined; nothing when it can. `host` is the facts, but in an inventory it is the address. */
export function whyReserved(name: string): string | undefined {
  return name === 'host' ? 'it holds the facts of the host' : RESERVED.get(name)
}

/**
 * Defines every entry of a mapping in `layer`, replacing what was there. In inventories, `host` is the address of the
 * host.
 */
export function define(
  mapping: Source | undefined,
  layer: Map<string, Variable>,
  problems: Problems,
  { inventory = true }: { readonly inventory?: boolean } = {},
): void {
  for (const [name, source] of mapping?.entries() ?? []) {
    const reason = inventory && name === 'host' ? undefined : whyReserved(name)
    if (reason === undefined) layer.set(name, { source })
    else problems.add(source.problem(`"${name}" cannot be set: ${reason}`, { what: 'key' }))
  }
}

/** A whole file of variables as a layer. */
export function defineFile(
  file: Source,
  layer: Map<string, Variable>,
  problems: Problems,
  options?: { readonly inventory?: boolean },
): void {
  if (isMapping(file.value)) define(file, layer, problems, options)
  else problems.add(file.problem(`a file of variables is a mapping of names, this is ${kindOf(file.value)}`))
}

/** The built-in variables of a host. */
export function builtIn(
  host: string,
  groups: readonly string[],
  members: ReadonlyMap<string, readonly string[]>,
  playbookDirectory: string | undefined,
): Layer {
  return new Map<string, Variable>([
    ['inventory_hostname', { data: host }],
    ['group_names', { data: groups.filter((name) => name !== 'all').toSorted() }],
    ['groups', { data: Object.fromEntries(members) }],
    ...(playbookDirectory === undefined ? [] : [['playbook_dir', { data: playbookDirectory }] as const]),
  ])
}

/**
 * Hands every word under the variable `secrets` to `onSecret`. Strings that are templates are handed over when they are
 * rendered.
 */
export function reportSecrets(value: Json, onSecret: (value: string) => void): void {
  if (typeof value === 'string' || typeof value === 'number') onSecret(String(value))
  else if (Array.isArray(value)) for (const item of value) reportSecrets(item, onSecret)
  else if (isMapping(value)) for (const item of Object.values(value)) reportSecrets(item, onSecret)
}
