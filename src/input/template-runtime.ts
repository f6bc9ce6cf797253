import Handlebars from 'handlebars'
import type { Json } from '../core/json.ts'
import { ArgumentError } from './function.ts'
import { blocks, helperFunctions, helpers, lookup } from './helpers.ts'
import { describe, isList, type Lookup, member } from './lookup.ts'
import { type Missing, missingEntry, missingVariable } from './missing.ts'
import { TemplateError, type TemplatePlace } from './template-error.ts'
import { INTERNAL, type PathText } from './template-nodes.ts'
import type { TemplateSource } from './template-source.ts'

/** What helpers see of the rendering they take part in. */
export interface RenderData {
  readonly source: TemplateSource
  readonly variables: Lookup
  /** Takes the value of a template that is a single `{{ … }}`, in place of its text. */
  readonly keep?: (value: Json) => void
}

interface Call {
  readonly loc: hbs.AST.SourceLocation
  readonly data: RenderData
}

type Value = Json | undefined

const runtime = Handlebars.create()
const known: { [name: string]: boolean } = Object.fromEntries(
  [...helpers.keys(), ...blocks.keys()].map((name) => [name, true]),
)
for (const { name, apply, secret } of helperFunctions) register(name, apply, secret)
register('lookup', lookup)
insist()
each()
runtime.registerHelper('raw', (options: Handlebars.HelperOptions) => options.fn({}))

/** Parses a template. @throws whatever Handlebars' parser throws. */
export function parse(text: string): hbs.AST.Program {
  return runtime.parse(text)
}

/** Compiles a rewritten template into a function from variables to text. The first call does the work. */
export function compile(program: hbs.AST.Program): (context: object, data: RenderData) => string {
  const run = runtime.compile<object>(program, { knownHelpers: known, knownHelpersOnly: true })
  // Saying false aloud keeps Handlebars from printing a warning when a template asks for an inherited property.
  const own = { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false }
  return (context, data) => run(context, { data, ...own })
}

/** Makes a function callable from templates: whatever it says about its arguments gets a place. */
function register(name: string, apply: (...values: readonly Value[]) => Value, secret = false): void {
  runtime.registerHelper(name, (...received: unknown[]) => {
    const call = received.pop() as Call
    const made = located(name, call, () => apply(...(received as Value[])))
    if (secret) call.data.variables.secret?.(made ?? null)
    return made
  })
}

function located<T>(name: string, { data, loc }: Call, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error
    throw new TemplateError(`${name}: ${error.message}`, data.source.place(loc), error.hint)
  }
}

/** The helpers that rewritten templates hand every variable, lookup and printed value through. */
function insist(): void {
  for (const name of Object.values(INTERNAL)) known[name] = true
  runtime.registerHelper(INTERNAL.variable, (value: Value, path: string, base: Value, { data, loc }: Call) => {
    // Handlebars says null for every entry of null.
    if (value !== undefined && value !== null) return value
    const text: PathText = JSON.parse(path)
    const missing = whatIsMissing(text, base, data.variables)
    if (missing === undefined) return value
    if (text.guarded) return undefined
    throw new TemplateError(missing.message, data.source.place(loc), missing.hint)
  })
  runtime.registerHelper(
    INTERNAL.found,
    (value: Value, written: string, owner: Json, key: Json, { data, loc }: Call) => {
      if (value !== undefined) return value
      const { message, hint } = missingEntry(written, owner, key)
      throw new TemplateError(message, data.source.place(loc), hint)
    },
  )
  runtime.registerHelper(INTERNAL.print, (value: Json, written: string, { data, loc }: Call) => {
    if (data.keep === undefined) return new Handlebars.SafeString(printed(value, written, data.source.place(loc)))
    data.keep(value)
    return ''
  })
}

function printed(value: Json, written: string, place: TemplatePlace): string {
  if (typeof value !== 'object') return String(value)
  if (value === null)
    throw new TemplateError(`${written} is none, which has no text`, place, 'give a default, or ask with #if')
  const hint = isList(value)
    ? 'join it, loop with #each, or print it with json or yaml'
    : 'loop with #each, or print it with json or yaml'
  throw new TemplateError(`${written} is ${describe(value)}, which has no text`, place, hint)
}

/** Handlebars' own `each` passes over text and numbers in silence. */
function each(): void {
  const loop = runtime.helpers.each
  runtime.registerHelper('each', function (this: unknown, value: Json, call: Call & Handlebars.HelperOptions) {
    return located('each', call, () => {
      if (typeof value !== 'object') throw new ArgumentError(`needs a list or a mapping, not ${describe(value)}`)
      return loop?.call(this, value, call)
    })
  })
}

/** Which part of a path does not exist; nothing when all do. */
function whatIsMissing({ owner, steps }: PathText, base: Value, variables: Lookup): Missing | undefined {
  const [first = '', ...rest] = steps
  if (owner === undefined && !variables.has(first)) return missingVariable(first, variables)
  let value = owner === undefined ? variables.get(first) : (base ?? null)
  let text = owner ?? first
  for (const step of owner === undefined ? rest : steps) {
    const next = member(value, step)
    if (next === undefined) {
      const { message, hint } = missingEntry(text, value, step)
      const outside = text === 'this' && variables.has(step) ? `outside the block it is ../${step}` : undefined
      return { message, hint: outside ?? hint }
    }
    value = next
    text = `${text}.${step}`
  }
  return undefined
}
