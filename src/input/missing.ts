import { didYouMean } from '../core/error.ts'
import type { Json } from '../core/json.ts'
import { describe, isList, isMapping, type Lookup } from './lookup.ts'

/** Why a variable or an entry was not found, and what was probably meant. */
export interface Missing {
  readonly message: string
  readonly hint: string | undefined
}

/** @param variables where it was looked for: their names are what may have been meant. */
export function missingVariable(name: string, variables: Lookup): Missing {
  return { message: `unknown variable "${name}"`, hint: didYouMean(name, variables.names?.() ?? []) }
}

/** @param owner the text of what was asked for `key`; `value` is what it stands for */
export function missingEntry(owner: string, value: Json, key: Json): Missing {
  if (isMapping(value) && typeof key === 'string') {
    return { message: `${owner} has no "${key}"`, hint: didYouMean(key, Object.keys(value)) }
  }
  if (isList(value) && /^-?\d+$/.test(String(key))) {
    return { message: `${owner} has no entry ${key}: it has ${value.length}`, hint: undefined }
  }
  const asked = typeof key === 'string' ? `"${key}"` : describe(key)
  return { message: `${owner} is ${describe(value)}, which has no ${asked}`, hint: undefined }
}
