import { InputError } from '../core/error.ts'
import { Fields } from './fields.ts'
import type { Inventory } from './inventory.ts'
import { isMapping } from './lookup.ts'
import type { Problems } from './problems.ts'
import { expandRanges } from './ranges.ts'
import { kindOf, type Source } from './source.ts'
import { define } from './variables.ts'

const GROUP_KEYS = ['hosts', 'children', 'vars'] as const

/**
 * Adds what an inventory file says: groups at the top, each with `hosts`, `children` and `vars` (Ansible's YAML
 * layout).
 */
export function readInventoryFile(file: Source, inventory: Inventory, problems: Problems): void {
  if (!isMapping(file.value)) {
    const hint = 'begin with "all:", and below it "hosts:" with one host per line'
    problems.add(file.problem(`an inventory is a mapping of groups, this is ${kindOf(file.value)}`, { hint }))
    return
  }
  for (const [name, group] of file.entries()) readGroup(name, group, inventory, problems)
}

function readGroup(name: string, source: Source, inventory: Inventory, problems: Problems): void {
  const group = inventory.group(name)
  if (source.value === null) return
  if (!isMapping(source.value)) {
    const message = `group "${name}": expected a mapping with hosts, children or vars, got ${kindOf(source.value)}`
    problems.add(source.problem(message))
    return
  }
  const fields = new Fields(source, problems)
  fields.allowOnly(GROUP_KEYS, (key) => {
    if (inventory.groups.has(key) || isMapping(source.at(key, 'hosts').value)) return `a group goes below "children:"`
    return undefined
  })
  for (const [key, host] of mappingOf(fields, 'hosts', problems)) readHost(key, host, name, inventory, problems)
  for (const [key, child] of mappingOf(fields, 'children', problems)) {
    group.children.set(key, child)
    readGroup(key, child, inventory, problems)
  }
  define(fields.mapping('vars'), group.variables, problems)
}

function readHost(written: string, source: Source, group: string, inventory: Inventory, problems: Problems): void {
  if (source.value !== null && !isMapping(source.value)) {
    const message = `host "${written}": expected a mapping of variables, got ${kindOf(source.value)}`
    problems.add(source.problem(message, { hint: `write "${written}: { host: ADDRESS }"` }))
    return
  }
  for (const name of problems.attempt(() => expand(written, source)) ?? []) {
    inventory.group(group).hosts.add(name)
    define(source, inventory.host(name), problems)
  }
}

function expand(written: string, source: Source): readonly string[] {
  try {
    return expandRanges(written)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new InputError([source.problem(error.message, { what: 'key' })])
  }
}

/** The entries of a field; a list of names is the usual slip, and the message shows the mapping to write. */
function mappingOf(fields: Fields, name: string, problems: Problems): readonly (readonly [string, Source])[] {
  const field = fields.get(name)
  const [first] = field?.items() ?? []
  if (field !== undefined && (first !== undefined || typeof field.value === 'string')) {
    const hint = `write each name as a key: "${String(first?.value ?? field.value)}:"`
    problems.add(field.problem(`${name}: expected a mapping, got ${kindOf(field.value)}`, { hint }))
    return []
  }
  return fields.mapping(name)?.entries() ?? []
}

/**
 * Reports every group that is, through its children, a child of itself, and cuts the circle so that everything else can
 * be checked.
 */
export function checkCycles(inventory: Inventory, problems: Problems): void {
  const done = new Set<string>()
  const visit = (name: string, path: readonly string[]): void => {
    if (done.has(name)) return
    for (const [child, source] of inventory.group(name).children) {
      const start = [...path, name].indexOf(child)
      if (start < 0) {
        visit(child, [...path, name])
        continue
      }
      const circle = [...[...path, name].slice(start), child].join(' → ')
      inventory.group(name).children.delete(child)
      problems.add(source.problem(`group "${child}" is a child of itself: ${circle}`, { what: 'key' }))
    }
    done.add(name)
  }
  for (const name of [...inventory.groups.keys()]) visit(name, [])
}
