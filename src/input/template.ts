import type { Json } from '../core/json.ts'
import type { Lookup } from './lookup.ts'
import { rewrite } from './template-rewrite.ts'
import { compile, parse } from './template-runtime.ts'
import { TemplateSource } from './template-source.ts'
import { refuseExcess, syntaxError } from './template-syntax.ts'
import { spreadGuards, type UsedPath } from './used-paths.ts'

export { TemplateError } from './template-error.ts'

/** A text with `{{ … }}`, read and ready to be rendered. */
export interface Template {
  /** The variables that it uses. */
  readonly names: ReadonlySet<string>
  /** Each use of a variable, with the attributes that are written out. */
  readonly paths: readonly UsedPath[]
  /** The value. A text that is one `{{ … }}` and nothing else keeps the type of what stands in it. @throws {TemplateError} */
  render(variables: Lookup): Json
  /** The text, whatever it consists of. @throws {TemplateError} also for a list or mapping in place of text. */
  renderText(variables: Lookup): string
}

const cache = new Map<string, Template>()

/** Whether a text contains anything to render. */
export function hasTemplate(text: string): boolean {
  return text.includes('{{')
}

/** Reads a template; the same text is read once. @throws {TemplateError} */
export function parseTemplate(text: string): Template {
  const known = cache.get(text)
  if (known !== undefined) return known
  const template = read(text)
  cache.set(text, template)
  return template
}

/** Renders a template file: always text. @throws {TemplateError} */
export function renderFile(template: Template, variables: Lookup): string {
  return template.renderText(variables)
}

function read(text: string): Template {
  const source = new TemplateSource(text)
  refuseExcess(source)
  const program = parsed(source)
  const [only, ...others] = program.body
  const isValue = only?.type === 'MustacheStatement' && others.length === 0
  const paths = spreadGuards(rewrite(program, source))
  const names = new Set(paths.map(({ path }) => path[0] ?? ''))
  const run = compile(program)
  const renderText = (variables: Lookup) => run(context(names, variables), { source, variables })
  const renderValue = (variables: Lookup) => {
    let value: Json = null
    const keep = (kept: Json) => {
      value = kept
    }
    run(context(names, variables), { source, variables, keep })
    return value
  }
  return { names, paths, render: isValue ? renderValue : renderText, renderText }
}

function parsed(source: TemplateSource): hbs.AST.Program {
  try {
    return parse(source.text)
  } catch (error) {
    throw syntaxError(error, source)
  }
}

/** The variables as Handlebars sees them: own properties, asked for only where a branch needs them. */
function context(names: ReadonlySet<string>, variables: Lookup): object {
  const object: object = Object.create(null)
  for (const name of names) {
    if (variables.has(name)) Object.defineProperty(object, name, { get: () => variables.get(name), enumerable: true })
  }
  return object
}
