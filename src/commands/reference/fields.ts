import * as z from 'zod'

/** One parameter or variable as a reference page shows it. */
export interface Field {
  /** Dotted: `dkim.selector`; `<name>` stands for any key. */
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly default: string | undefined
  readonly description: string
}

interface Schema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: { readonly [name: string]: Schema }
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
}

/** The JSON schema (draft 7) of what a user may write. */
export function inputSchema(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' }) as Schema
}

/** Every field of an object schema, nested ones included. */
export function fields(schema: z.ZodType): readonly Field[] {
  return walk(inputSchema(schema), '')
}

function walk(schema: Schema, prefix: string): readonly Field[] {
  const object = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].find(
    (part) => part.properties || typeof part.additionalProperties === 'object',
  )
  if (!object) return schema.items && !isPlain(schema.items) ? walk(schema.items, `${prefix}[].`) : []
  const named = Object.entries(object.properties ?? {}).flatMap(([name, field]) => [
    {
      name: `${prefix}${name}`,
      type: typeName(field),
      required: object.required?.includes(name) === true,
      default: isShownDefault(field.default) ? JSON.stringify(field.default) : undefined,
      description: field.description ?? '',
    },
    ...walk(field, field.type === 'array' ? `${prefix}${name}` : `${prefix}${name}.`),
  ])
  const any = object.additionalProperties
  return typeof any === 'object' && !isPlain(any) ? [...named, ...walk(any, `${prefix}<name>.`)] : named
}

// An object with defaults inside is shown field by field.
function isShownDefault(value: unknown): boolean {
  return value !== undefined && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0)
}

function isPlain(schema: Schema): boolean {
  const parts = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  return parts.every((part) => !part.properties && typeof part.additionalProperties !== 'object')
}

function typeName(schema: Schema): string {
  if (schema.enum) return schema.enum.map(String).join(', ')
  if (schema.const !== undefined) return String(schema.const)
  const options = schema.anyOf ?? schema.oneOf
  if (options) return [...new Set(options.map(typeName))].join(' or ')
  if (schema.allOf?.[0]) return typeName(schema.allOf[0])
  if (schema.type === 'array') return schema.items ? `list of ${typeName(schema.items)}` : 'list'
  if (schema.type === 'object') return 'mapping'
  const types = [schema.type ?? 'any'].flat()
  // A bare number in YAML is taken as its digits.
  return types.join() === 'string,number' ? 'text' : types.join(' or ')
}
