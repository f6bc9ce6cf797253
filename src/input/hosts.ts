import { InputError, type Problem } from '../core/error.ts'
import { readText } from './files.ts'
import type { Inventory } from './inventory.ts'
import { type Choice, chooseHosts, PatternError } from './patterns.ts'
import type { Problems } from './problems.ts'
import type { Source } from './source.ts'

/** The hosts that a play's patterns choose. Mistakes go to `problems`. */
export function playHosts(patterns: readonly Source[], inventory: Inventory, problems: Problems): readonly string[] {
  const text = patterns.map(({ value }) => String(value)).join(',')
  if (text === '') return []
  const asked = (error: PatternError): Problem => {
    const source = patterns.find(({ value }) => String(value).includes(error.part)) ?? patterns[0]
    if (source === undefined) return { message: error.message }
    const offset = String(source.value).indexOf(error.part)
    const where = offset < 0 ? {} : { offset, length: error.part.length }
    return source.problem(error.message, { ...where, hint: error.hint })
  }
  return problems.attempt(() => choose(text, inventory, asked)) ?? []
}

/** The hosts that `--limit` leaves; everything without one. `@FILE` lists host names, one a line. */
export function limitHosts(
  limit: string | undefined,
  inventory: Inventory,
  problems: Problems,
): ReadonlySet<string> | undefined {
  if (limit === undefined) return undefined
  const asked = ({ message, hint }: { readonly message: string; readonly hint?: string | undefined }): Problem => ({
    message: `--limit ${limit}: ${message}`,
    ...(hint === undefined ? {} : { hint }),
  })
  const chosen = problems.attempt(() => {
    const text = limit.startsWith('@') ? readList(limit.slice(1), asked) : limit
    return choose(text, inventory, asked)
  })
  return new Set(chosen)
}

function choose(pattern: string, inventory: Inventory, asked: (error: PatternError) => Problem): readonly string[] {
  try {
    return chooseHosts(pattern, choiceFor(pattern, inventory))
  } catch (error) {
    if (error instanceof PatternError) throw new InputError([asked(error)])
    throw error
  }
}

/** The controller can be named without being in the inventory, and is never part of `all`. */
function choiceFor(pattern: string, inventory: Inventory): Choice {
  const hosts = [...inventory.hosts.keys()]
  const isNamed = /(?:^|[,:&!])\s*localhost\s*(?:$|[,:])/.test(pattern)
  return {
    hosts: isNamed && !hosts.includes('localhost') ? [...hosts, 'localhost'] : hosts,
    groups: inventory.members(),
  }
}

function readList(path: string, asked: (error: { message: string; hint?: string | undefined }) => Problem): string {
  const text = readText(path, (message, hint) => asked({ message, hint })).toString('utf8')
  const names = text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
  if (names.length === 0) throw new InputError([asked({ message: `${path} lists no host` })])
  return names.join(',')
}
