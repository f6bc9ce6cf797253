import type { Resource } from '../../core/resource.ts'
import { inputSchema } from './fields.ts'

/** A JSON schema, or part of one. */
export type JsonSchema = { readonly [key: string]: unknown }

/** Text with a template in it, which may give any value. */
export const TEMPLATE: JsonSchema = { type: 'string', pattern: '\\{\\{' }
/** What counts as true or false. */
export const FLAG: JsonSchema = {
  anyOf: [{ type: 'boolean' }, { enum: ['yes', 'no', 'on', 'off', 'Yes', 'No', 'On', 'Off', 'True', 'False'] }],
}

/** What may be written under the key of a resource: what its parameters take, or templates that give it. */
export function definition({ summary, params }: Resource): JsonSchema {
  const { description: _, ...schema } = inputSchema(params) as JsonSchema
  const isObject = schema.type === 'object'
  const written = isObject ? inside(schema) : value(schema)
  // `reboot:` with nothing behind it asks for the defaults.
  const shown = isObject && !Array.isArray(schema.required) ? orNothing(written) : written
  return { description: summary, ...shown }
}

/** A schema that takes an empty value too: it counts as left out. */
export function orNothing(schema: JsonSchema): JsonSchema {
  if (schema.enum !== undefined) {
    const { description, ...rest } = schema
    return labelled(description, { anyOf: [rest, { type: 'null' }] })
  }
  if (Array.isArray(schema.anyOf)) return { ...schema, anyOf: [...schema.anyOf, { type: 'null' }] }
  return schema.type === undefined ? schema : { ...schema, type: [schema.type, 'null'].flat() }
}

function value(schema: JsonSchema): JsonSchema {
  const { description, ...type } = schema
  const taken = inside(type)
  return labelled(description, takesAnyText(taken) ? taken : either([taken, TEMPLATE]))
}

/** A schema with templates allowed for every value in it, but not for the whole. */
function inside(schema: JsonSchema): JsonSchema {
  // `expression` is a remark of ours. The one schema that refers to itself is that of any value at all.
  const { $schema: _, definitions: __, expression: ___, ...rest } = schema
  if (rest.$ref !== undefined || schemasIn(rest.allOf)?.some(({ $ref }) => $ref !== undefined)) return {}
  const options = schemasIn(rest.anyOf) ?? schemasIn(rest.oneOf)
  // Templates fit every alternative, so that "exactly one" cannot be asked for.
  if (options) return either(options.map(value))
  if (rest.type === 'boolean') return FLAG
  const { properties, required, additionalProperties, propertyNames, items } = rest
  const names = Array.isArray(required) ? required : []
  return {
    ...rest,
    ...(isSchema(properties) ? { properties: fields(properties, names) } : {}),
    ...(isSchema(additionalProperties) ? { additionalProperties: value(additionalProperties) } : {}),
    ...(isSchema(propertyNames) ? { propertyNames: value(propertyNames) } : {}),
    ...(isSchema(items) ? { items: value(items) } : {}),
  }
}

function fields(properties: JsonSchema, required: readonly unknown[]): JsonSchema {
  const entries = Object.entries(properties).map(([name, field]) => {
    const written = value(isSchema(field) ? field : {})
    return [name, required.includes(name) ? written : orNothing(written)]
  })
  return Object.fromEntries(entries)
}

function either(options: readonly JsonSchema[]): JsonSchema {
  const flat = options.flatMap(
    (option) => (Object.keys(option).join() === 'anyOf' ? schemasIn(option.anyOf) : option) ?? [],
  )
  const different = [...new Map(flat.map((option) => [JSON.stringify(option), option])).values()]
  return different.length === 1 ? { ...different[0] } : { anyOf: different }
}

function takesAnyText(schema: JsonSchema): boolean {
  if (Object.keys(schema).length === 0) return true
  if (schemasIn(schema.anyOf)?.some(takesAnyText)) return true
  const limits = ['pattern', 'format', 'minLength', 'maxLength', 'enum', 'const', 'allOf']
  return [schema.type].flat().includes('string') && limits.every((limit) => schema[limit] === undefined)
}

function labelled(description: unknown, schema: JsonSchema): JsonSchema {
  return description === undefined ? schema : { description, ...schema }
}

function isSchema(part: unknown): part is JsonSchema {
  return typeof part === 'object' && part !== null && !Array.isArray(part)
}

function schemasIn(part: unknown): readonly JsonSchema[] | undefined {
  return Array.isArray(part) ? part.filter(isSchema) : undefined
}
