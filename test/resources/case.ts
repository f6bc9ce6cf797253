import { readdirSync, readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import type { Json, JsonObject } from '../../src/core/json.ts'
import type { LocalFile, Plan, Resource } from '../../src/core/resource.ts'
import { isChanges } from '../../src/core/resource.ts'
import type { Script } from '../../src/core/shell.ts'
import { resources } from '../../src/resources/index.ts'

/** One entry of `NAME.cases.yaml`: parameters and what the host says, and what follows from them. */
export interface Case {
  readonly it: string
  readonly params: Json
  /** Text of the controller's files, under the parameter that names them. */
  readonly files?: { readonly [param: string]: string }
  /** What the host answers, under the names of the reads. A `?` for the size of a text file (`text 644 root root ?`) is counted. */
  readonly now?: { readonly [read: string]: string }
  /** Exactly one of the next four: the plan as it is printed, or why there is none, or what is wrong with the parameters. */
  readonly plan?: string
  readonly 'not ready'?: string
  readonly impossible?: string
  readonly invalid?: string
  readonly result?: JsonObject
  readonly variables?: JsonObject
  readonly message?: string
  /** Values that no printed form may show. */
  readonly secrets?: readonly string[]
}

/** A case carried through its resource. */
export interface Outcome {
  readonly questions: Readonly<Record<string, Script>>
  readonly plan: Plan
  readonly scripts: readonly Script[]
  readonly result: JsonObject | undefined
  readonly variables: JsonObject | undefined
  readonly message: string | undefined
}

const folder = new URL('./', import.meta.url)

/** The cases of every resource, by its name. */
export const cases: ReadonlyMap<string, readonly Case[]> = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('.cases.yaml') && !file.startsWith('_'))
    .map((file) => [
      file.replace('.cases.yaml', '').replaceAll('-', '_'),
      load(readFileSync(new URL(file, folder), 'utf8'), { filename: file }) as Case[],
    ]),
)

/** The resource of that name. */
export function resourceOf(name: string): Resource {
  const found = resources.find((resource) => resource.name === name)
  if (!found) throw new Error(`test/resources/${name}.cases.yaml: src/resources/index.ts has no resource "${name}"`)
  return found
}

/** Every case whose parameters are meant to be valid, with the resource that it is about. */
export function carriedOut(): { name: string; resource: Resource; entry: Case; outcome: Outcome }[] {
  return [...cases].flatMap(([name, entries]) => {
    const resource = resourceOf(name)
    return entries
      .filter((entry) => entry.invalid === undefined)
      .map((entry) => ({ name: `${name}: ${entry.it}`, resource, entry, outcome: carryOut(resource, entry) }))
  })
}

export function carryOut(resource: Resource, entry: Case): Outcome {
  const params = resource.params.parse(entry.params)
  const files = localFiles(entry)
  const questions: Record<string, Script> = Object.fromEntries(
    Object.entries(resource.read(params, files)).filter(([, script]) => !script.isEmpty),
  )
  const now = Object.fromEntries(
    Object.keys(resource.read(params, files)).map((name) => [name, withSize(entry.now?.[name] ?? '')]),
  )
  const plan = resource.plan(params, now, files)
  return {
    questions,
    plan,
    scripts: [...Object.values(questions), ...(isChanges(plan) ? plan.map(({ apply }) => fetched(apply)) : [])],
    result: resource.result?.(params, now),
    variables: resource.variables?.(params),
    message: resource.message?.(params),
  }
}

/** With some content in place of files that the controller fetches: the text that runs. */
function fetched(script: Script): Script {
  return script.withFiles(new Map(script.missing.map(({ sha256 }) => [sha256, 'Y29udGVudA=='])))
}

function withSize(answer: string): string {
  return answer.replace(/^(text \S+ \S+ \S+) \?\n(.*)$/s, (_, start: string, content: string) => {
    return `${start} ${Buffer.byteLength(content)}\n${content}`
  })
}

function localFiles({ params, files = {} }: Case): Record<string, LocalFile> {
  const paths = params as { readonly [name: string]: string }
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name, { path: String(paths[name]), content: Buffer.from(text) }]),
  )
}
