import { didYouMean } from '../core/error.ts'
import { expandRanges } from './ranges.ts'

/** What a pattern chooses from: groups and their hosts, in inventory order. */
export interface Choice {
  readonly hosts: readonly string[]
  /** Hosts of each group, those of its children included. Holds `all` and `ungrouped`. */
  readonly groups: ReadonlyMap<string, readonly string[]>
}

/** A pattern that cannot be used; `part` is the piece of it that is wrong. */
export class PatternError extends Error {
  readonly part: string
  readonly hint: string | undefined

  constructor(part: string, message: string, hint?: string) {
    super(message)
    this.name = 'PatternError'
    this.part = part
    this.hint = hint
  }
}

/**
 * The hosts that a pattern chooses, in inventory order: `a:b` or `a,b` (both), `!a` (not), `&a` (only those also in),
 * globs,
 * `group[0]` and `group[0:2]` (ends included), `all` and `*`.
 *
 * @throws {PatternError} when a part names nothing, or nothing is left.
 */
export function chooseHosts(pattern: string, choice: Choice): readonly string[] {
  const parts = splitPattern(pattern)
  if (parts.length === 0) throw new PatternError(pattern, 'the host pattern is empty', 'write "all" for every host')
  const resolved = parts.map((part) => ({
    operator: /^[!&]/.exec(part)?.[0] ?? '',
    hosts: new Set(lookUp(part, choice)),
  }))
  const included = resolved.filter(({ operator }) => operator === '')
  // As in Ansible the order of the parts does not matter: first what is in, then the limits, then what is out.
  const chosen = choice.hosts.filter(
    (host) =>
      (included.length === 0 || included.some(({ hosts }) => hosts.has(host))) &&
      resolved.every(({ operator, hosts }) => operator === '' || hosts.has(host) === (operator === '&')),
  )
  if (chosen.length === 0) throw new PatternError(pattern, `"${pattern}" matches no host`)
  return chosen
}

// Colons and commas inside brackets belong to a slice.
function splitPattern(pattern: string): readonly string[] {
  return (pattern.match(/(?:\[[^\]]*\]|[^:,])+/g) ?? []).map((part) => part.trim()).filter((part) => part !== '')
}

function lookUp(part: string, choice: Choice): readonly string[] {
  const name = part.replace(/^[!&]/, '').trim()
  const slice = /^(.+)\[(-?\d+)(?::(-?\d*))?\]$/.exec(name)
  const [, base = '', first = '', last] = slice ?? []
  // Behind anything but a group, brackets are part of a glob or a range of names.
  if (slice === null || !(choice.groups.has(base) || /[*?]/.test(base))) return find(name, part, choice)
  const hosts = find(base, part, choice)
  const from = Number(first)
  const chosen =
    last === undefined ? hosts.slice(from).slice(0, 1) : hosts.slice(from, last === '' ? undefined : end(Number(last)))
  if (chosen.length === 0) throw new PatternError(part, `"${name}" matches no host`, `"${base}" has ${hosts.length}`)
  return chosen
}

function end(last: number): number | undefined {
  return last === -1 ? undefined : last + 1
}

function find(name: string, part: string, choice: Choice): readonly string[] {
  if (/[*?[]/.test(name)) {
    const matches = /\[\w+:\w+(?::\d+)?\]/.test(name) ? range(name, part) : glob(name)
    const hosts = new Set(choice.hosts.filter(matches))
    for (const [group, members] of choice.groups) if (matches(group)) for (const host of members) hosts.add(host)
    if (hosts.size === 0) throw new PatternError(part, `"${name}" matches no host and no group`)
    return choice.hosts.filter((host) => hosts.has(host))
  }
  const group = choice.groups.get(name)
  if (group !== undefined) {
    if (group.length === 0) throw new PatternError(part, `the group "${name}" has no hosts`)
    return group
  }
  if (choice.hosts.includes(name)) return [name]
  const near = didYouMean(name, [...choice.groups.keys(), ...choice.hosts])
  throw new PatternError(part, `no host and no group is named "${name}"`, near)
}

function range(name: string, part: string): (host: string) => boolean {
  try {
    const hosts = new Set(expandRanges(name))
    return (host) => hosts.has(host)
  } catch (error) {
    if (error instanceof RangeError) throw new PatternError(part, error.message)
    throw error
  }
}

function glob(text: string): (name: string) => boolean {
  const source = text.replace(/\[!?[^\]]+\]|[\s\S]/g, (piece) => {
    if (piece === '*') return '.*'
    if (piece === '?') return '.'
    if (piece.length > 1) return piece.replace('[!', '[^').replaceAll('\\', '\\\\')
    return piece.replace(/[.*+?^${}()|[\]\\]/, '\\$&')
  })
  const expression = new RegExp(`^${source}$`)
  return (name) => expression.test(name)
}
