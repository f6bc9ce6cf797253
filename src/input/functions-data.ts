import type { Json } from '../core/json.ts'
import { yamlText } from '../core/yaml-text.ts'
import { ArgumentError, list, text, type ValueFunction } from './function.ts'
import { describe, equal, isList, isMapping } from './lookup.ts'

/** Functions over lists and mappings, and from one type to another. */
export const dataFunctions: readonly ValueFunction[] = [
  {
    name: 'default',
    usage: 'default VALUE OTHERWISE [EMPTY]',
    summary:
      'VALUE, or OTHERWISE where it is missing or none; where EMPTY is true, also for "", 0, false and empty lists.',
    acceptsUndefined: true,
    apply: (value, otherwise, empty) => (isThere(value, empty === true) ? value : (otherwise ?? null)),
  },
  {
    name: 'required',
    usage: 'required VALUE MESSAGE',
    summary: 'VALUE; where it is missing, none or "", the run stops with MESSAGE.',
    acceptsUndefined: true,
    apply: (value, message) => {
      if (isThere(value, false) && value !== '') return value
      throw new ArgumentError(text(message))
    },
  },
  {
    name: 'join',
    usage: 'join LIST [SEPARATOR]',
    summary: 'The entries as one text, with the separator between them.',
    apply: (value, separator) =>
      list(value)
        .map((item) => text(item))
        .join(text(separator ?? '')),
  },
  {
    name: 'length',
    usage: 'length VALUE',
    summary: 'How many characters, entries or keys.',
    apply: length,
  },
  {
    name: 'first',
    usage: 'first LIST',
    summary: 'The first entry.',
    apply: (value) => entry(list(value)[0]),
  },
  {
    name: 'last',
    usage: 'last LIST',
    summary: 'The last entry.',
    apply: (value) => entry(list(value).at(-1)),
  },
  {
    name: 'sort',
    usage: 'sort LIST',
    summary: 'Numbers by size, texts by character code.',
    apply: (value) => sorted(list(value)),
  },
  {
    name: 'unique',
    usage: 'unique LIST',
    summary: 'Each entry once, in the order of first appearance.',
    apply: (value) => list(value).filter((item, i, all) => all.findIndex((other) => equal(item, other)) === i),
  },
  {
    name: 'keys',
    usage: 'keys MAPPING',
    summary: 'The keys in the order in which they are written.',
    apply: (value) => {
      if (isMapping(value)) return Object.keys(value)
      throw new ArgumentError(`needs a mapping, not ${describe(value ?? null)}`)
    },
  },
  {
    name: 'entries',
    usage: 'entries MAPPING',
    summary: 'A list of { key, value }, in the order in which they are written: something to loop over.',
    apply: (value) => entries(value),
  },
  {
    name: 'subentries',
    usage: 'subentries MAPPING FIELD',
    summary: 'For each entry, those of the mapping or list in its FIELD: a list of { parent, key, value }.',
    apply: (value, field) =>
      entries(value).flatMap(({ key: parent, value: inner }) => {
        const below = isMapping(inner) && Object.hasOwn(inner, text(field)) ? inner[text(field)] : {}
        const all = Array.isArray(below) ? below.map((one, key) => ({ key, value: one })) : entries(below)
        return all.map((entry) => ({ parent, ...entry }))
      }),
  },
  {
    name: 'int',
    usage: 'int VALUE [OTHERWISE]',
    summary: 'A whole number; OTHERWISE where the value is none.',
    apply: (value, otherwise) => number(value, /^[-+]?\d+$/, 'a whole number', otherwise, Math.trunc),
  },
  {
    name: 'float',
    usage: 'float VALUE [OTHERWISE]',
    summary: 'A number; OTHERWISE where the value is none.',
    apply: (value, otherwise) =>
      number(value, /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i, 'a number', otherwise, (n) => n),
  },
  {
    name: 'bool',
    usage: 'bool VALUE',
    summary: 'true for true, yes, on and 1; false for false, no, off and 0.',
    apply: bool,
  },
  {
    name: 'string',
    usage: 'string VALUE',
    summary: 'A number, true or false as text.',
    apply: (value) => (typeof value === 'boolean' ? String(value) : text(value)),
  },
  {
    name: 'json',
    usage: 'json VALUE',
    summary: 'As JSON in one line.',
    apply: (value) => JSON.stringify(value ?? null),
  },
  {
    name: 'yaml',
    usage: 'yaml VALUE',
    summary: 'As YAML, without the last line break.',
    apply: (value) => yamlText(value ?? null).replace(/\n$/, ''),
  },
]

function entries(value?: Json): readonly { readonly key: string; readonly value: Json }[] {
  if (isMapping(value)) return Object.entries(value).map(([key, inner]) => ({ key, value: inner }))
  throw new ArgumentError(`needs a mapping, not ${describe(value ?? null)}`)
}

function isThere(value: Json | undefined, orEmpty: boolean): value is Json {
  if (value === undefined || value === null) return false
  if (!orEmpty) return true
  return typeof value === 'object' ? length(value) !== 0 : Boolean(value)
}

function length(value?: Json): Json {
  if (typeof value === 'string') return [...value].length
  if (isList(value)) return value.length
  if (isMapping(value)) return Object.keys(value).length
  throw new ArgumentError(`needs text, a list or a mapping, not ${describe(value ?? null)}`)
}

function entry(value: Json | undefined): Json {
  if (value === undefined) throw new ArgumentError('the list is empty')
  return value
}

function sorted(items: readonly Json[]): readonly Json[] {
  if (items.every((item) => typeof item === 'number')) return items.toSorted((a, b) => a - b)
  if (items.every((item) => typeof item === 'string')) return items.toSorted((a, b) => (a < b ? -1 : Number(a > b)))
  throw new ArgumentError('can sort a list of numbers or a list of texts, not a mixed one')
}

function number(
  value: Json | undefined,
  pattern: RegExp,
  what: string,
  otherwise: Json | undefined,
  round: (value: number) => number,
): Json {
  if (typeof value === 'number') return round(value)
  if (typeof value === 'string' && pattern.test(value.trim())) return Number(value)
  if (otherwise !== undefined) return otherwise
  throw new ArgumentError(`needs ${what}, not ${describe(value ?? null)}`)
}

function bool(value?: Json): boolean {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : value
  if (word === true || word === 1 || word === 'true' || word === 'yes' || word === 'on' || word === '1') return true
  if (word === false || word === 0 || word === 'false' || word === 'no' || word === 'off' || word === '0') return false
  throw new ArgumentError(`needs true or false, not ${describe(value ?? null)}`)
}
