import type { Source } from './source.ts'
import type { Layer, Variable } from './variables.ts'

/** The controller itself, which is there without being listed. */
const LOCALHOST: Layer = new Map([['connection', { data: 'local' }]])

/** A group as the inventory files together define it. */
export interface Group {
  readonly name: string
  /** Direct members. */
  readonly hosts: Set<string>
  /** Child groups, each with the place where it is named as a child. */
  readonly children: Map<string, Source>
  /** What is set for the group: inline, then from `group_vars`, later ones winning. */
  readonly variables: Map<string, Variable>
}

/** Hosts and groups in the order in which they are written. */
export class Inventory {
  readonly groups = new Map<string, Group>([['all', emptyGroup('all')]])
  readonly hosts = new Map<string, Map<string, Variable>>()
  #members: ReadonlyMap<string, readonly string[]> | undefined
  #chains: ReadonlyMap<string, readonly Group[]> | undefined

  group(name: string): Group {
    const found = this.groups.get(name)
    if (found !== undefined) return found
    const made = emptyGroup(name)
    this.groups.set(name, made)
    return made
  }

  /** The host's own variables; the host is added when it is new. */
  host(name: string): Map<string, Variable> {
    const found = this.hosts.get(name)
    if (found !== undefined) return found
    const made = new Map<string, Variable>()
    this.hosts.set(name, made)
    this.#members = undefined
    this.#chains = undefined
    return made
  }

  /** Hosts of every group, those of its children included, in inventory order; with `all` and `ungrouped`. */
  members(): ReadonlyMap<string, readonly string[]> {
    this.#members ??= this.#collectMembers()
    return this.#members
  }

  /** The groups of a host, most general first: `all`, then by depth, then by name, as Ansible orders them. */
  groupsOf(host: string): readonly Group[] {
    this.#chains ??= this.#collectChains()
    return this.#chains.get(host) ?? [this.group('all')]
  }

  /** What is set for a host, weakest layer first. */
  layersOf(host: string): readonly Layer[] {
    const own = this.hosts.get(host) ?? (host === 'localhost' ? LOCALHOST : new Map())
    return [...this.groupsOf(host).map((group) => group.variables), own]
  }

  #collectMembers(): ReadonlyMap<string, readonly string[]> {
    const position = new Map([...this.hosts.keys()].map((host, index) => [host, index]))
    const sets = new Map<string, ReadonlySet<string>>()
    const collect = (name: string): ReadonlySet<string> => {
      const known = sets.get(name)
      if (known !== undefined) return known
      const group = this.group(name)
      const hosts = new Set(group.hosts)
      for (const inner of group.children.keys()) for (const host of collect(inner)) hosts.add(host)
      sets.set(name, hosts)
      return hosts
    }
    const grouped = new Set<string>()
    for (const name of [...this.groups.keys()]) {
      if (name !== 'all' && name !== 'ungrouped') for (const host of collect(name)) grouped.add(host)
    }
    const ordered = (hosts: Iterable<string>): readonly string[] =>
      [...hosts].toSorted((a, b) => (position.get(a) ?? 0) - (position.get(b) ?? 0))
    const everyone = [...this.hosts.keys()]
    return new Map<string, readonly string[]>([
      ['all', everyone],
      ['ungrouped', everyone.filter((host) => !grouped.has(host))],
      ...[...sets].map(([name, hosts]) => [name, ordered(hosts)] as const).filter(([name]) => name !== 'ungrouped'),
    ])
  }

  #collectChains(): ReadonlyMap<string, readonly Group[]> {
    const depths = this.#depths()
    const chains = new Map<string, Group[]>([...this.hosts.keys()].map((host) => [host, []]))
    for (const [name, hosts] of this.members()) {
      if (name === 'all' || (name === 'ungrouped' && !this.groups.has(name))) continue
      for (const host of hosts) chains.get(host)?.push(this.group(name))
    }
    const weight = ({ name }: Group): number => depths.get(name) ?? 1
    for (const [host, groups] of chains) {
      const sorted = groups.toSorted((a, b) => weight(a) - weight(b) || (a.name < b.name ? -1 : 1))
      chains.set(host, [this.group('all'), ...sorted])
    }
    return chains
  }

  /** The longest way from the top to each group: a child is always stronger than its parents. */
  #depths(): ReadonlyMap<string, number> {
    const depths = new Map<string, number>()
    const parents = new Map<string, string[]>()
    for (const group of this.groups.values()) {
      for (const inner of group.children.keys()) parents.set(inner, [...(parents.get(inner) ?? []), group.name])
    }
    const depth = (name: string): number => {
      const known = depths.get(name)
      if (known !== undefined) return known
      const above = (parents.get(name) ?? []).filter((parent) => parent !== 'all')
      const value = 1 + Math.max(0, ...above.map(depth))
      depths.set(name, value)
      return value
    }
    for (const name of this.groups.keys()) depth(name)
    return depths
  }
}

function emptyGroup(name: string): Group {
  return { name, hosts: new Set(), children: new Map(), variables: new Map() }
}
