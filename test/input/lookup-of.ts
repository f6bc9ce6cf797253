import type { JsonObject } from '../../src/core/json.ts'
import type { Lookup } from '../../src/input/lookup.ts'

/** Variables from an object's own properties. */
export function lookupOf(variables: JsonObject): Lookup {
  return {
    has: (name) => Object.hasOwn(variables, name),
    get: (name) => variables[name] ?? null,
    names: () => Object.keys(variables),
  }
}
