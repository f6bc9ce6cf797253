import type { Feature } from './chasquid-version.ts'

/** Names of one domain, and where mail for each goes: addresses, names of the same domain, or one `| command`. */
export type Aliases = Readonly<Record<string, readonly string[]>>

/** What is wrong with an alias, and what to write instead. */
export interface AliasMistake {
  readonly reason: string
  readonly hint: string
}

/** chasquid's internal/aliases: deeper than this the whole resolution fails. */
const DEEPEST = 10

/** The text of `domains/DOMAIN/aliases` (chasquid's docs/aliases.md). */
export function formatAliases(aliases: Aliases): string {
  return Object.entries(aliases)
    .map(([name, destinations]) => `${name}: ${destinations.join(', ')}\n`)
    .join('')
}

/**
 * The first thing in the aliases that every chasquid refuses, or that makes mail fail. A bad line is no small matter:
 * from 1.16 on the server ends when it reads one.
 */
export function findMistake(domain: string, aliases: Aliases): AliasMistake | undefined {
  for (const [name, destinations] of Object.entries(aliases)) {
    const mistake = badName(name) ?? badDestinations(name, destinations)
    if (mistake) return mistake
  }
  return findLoop(domain, aliases)
}

/**
 * The aliases, with those that a catch-all leaves out: `*` is for unknown names only, so a user without an alias of
 * their own gets its destinations. Where that would lead back to the user, mail stays with the delivery agent.
 *
 * @param users names of the domain that have an account.
 */
export function withUsers(domain: string, aliases: Aliases, users: readonly string[]): Aliases {
  const named = new Set(Object.keys(aliases).map(simplify))
  const everybody = aliases['*'] ?? []
  const added = users
    .filter((user) => everybody.length > 0 && !named.has(simplify(user)))
    .filter((user) => findLoop(domain, { ...aliases, [user]: everybody }) === undefined)
  return { ...aliases, ...Object.fromEntries(added.map((user) => [user, everybody])) }
}

/** What only newer versions of chasquid understand. */
export function neededFeatures(aliases: Aliases): readonly Feature[] {
  const destinations = Object.values(aliases).flat()
  return [
    ...('*' in aliases ? (['catchAll'] as const) : []),
    ...(destinations.some((destination) => / via /.test(destination)) ? (['via'] as const) : []),
    ...(destinations.some((destination) => /^\*(@|$| )/.test(destination)) ? (['starDestination'] as const) : []),
  ]
}

function badName(name: string): AliasMistake | undefined {
  if (name.includes('@')) {
    return {
      reason: `the alias ${name} has a domain`,
      hint: `write ${name.split('@')[0]}: the file belongs to the domain`,
    }
  }
  if (name === '' || /[\s:,|#]/.test(name)) {
    return { reason: `"${name}" is no name for an alias`, hint: 'names have no spaces, colons, commas or bars' }
  }
  return undefined
}

function badDestinations(name: string, destinations: readonly string[]): AliasMistake | undefined {
  if (destinations.length === 0) {
    return { reason: `the alias ${name} goes nowhere`, hint: 'name at least one destination' }
  }
  if (destinations.length > 1 && destinations.some((destination) => destination.startsWith('|'))) {
    return { reason: `the alias ${name} mixes a command with other destinations`, hint: 'a command stands alone' }
  }
  const bad = destinations.find((destination) => !isDestination(destination))
  return bad === undefined
    ? undefined
    : {
        reason: `the alias ${name} goes to "${bad}", which is no address`,
        hint: 'such as me@example.net, or a name of the same domain',
      }
}

function isDestination(text: string): boolean {
  if (text.startsWith('|')) return /^\|\s*\S/.test(text) && !text.includes('\n')
  return /^[^\s,:|@#]+(@[^\s,:|@]+)?( via [^\s,:|@/]+(\/[^\s,:|@/]+)*)?$/.test(text)
}

// A name that leads back to itself is followed to the limit, and every mail to it is answered with a temporary failure.
function findLoop(domain: string, aliases: Aliases): AliasMistake | undefined {
  const edges = new Map(
    Object.entries(aliases).map(([name, destinations]) => [
      simplify(name),
      destinations.flatMap((destination) => localPart(destination, domain) ?? []),
    ]),
  )
  const follow = (name: string, path: readonly string[]): AliasMistake | undefined => {
    const trail = [...path, name]
    if (path.includes(name)) {
      return {
        reason: `the alias ${trail.join(' → ')} leads back to itself`,
        hint: 'leave it out: a user with an account needs no alias to itself',
      }
    }
    if (trail.length > DEEPEST)
      return {
        reason: `the alias ${path[0]} is more than ${DEEPEST} levels deep`,
        hint: 'name the last destination directly',
      }
    return (edges.get(name) ?? []).map((next) => follow(next, trail)).find((mistake) => mistake !== undefined)
  }
  return [...edges.keys()].map((name) => follow(name, [])).find((mistake) => mistake !== undefined)
}

/** The name that a destination in the same domain means. */
function localPart(destination: string, domain: string): string | undefined {
  if (destination.startsWith('|') || / via /.test(destination)) return undefined
  const [name = '', other = domain] = destination.split('@')
  return other.toLowerCase() === domain.toLowerCase() ? simplify(name) : undefined
}

// The default drop_characters: "any.body" and "Anybody" are one.
function simplify(name: string): string {
  return name.toLowerCase().replaceAll('.', '')
}
