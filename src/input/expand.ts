import type { JsonObject } from '../core/json.ts'
import type { LocalFile } from '../core/resource.ts'
import type { Item } from '../core/task.ts'
import { guardedNames, holds, withoutNames } from './conditions.ts'
import type { HostTask } from './host-tasks.ts'
import type { LocalFiles } from './local-file.ts'
import { loopLayers, loopNames, pendingLayer } from './loop.ts'
import { draftParams, validateParams } from './params.ts'
import { Problems } from './problems.ts'
import { renderString } from './render.ts'
import { NeedsRuntime } from './runtime-names.ts'
import type { Scope } from './scope.ts'
import type { Source } from './source.ts'
import type { Loop } from './task-tree.ts'
import type { Template } from './template.ts'
import { type Moment, VariableLookup } from './variable-lookup.ts'

/** What became of a task. */
export interface Expansion {
  readonly items: readonly Item[]
  /** Nothing in it waits for the run. */
  readonly complete: boolean
  /** Template files that were rendered, or would have been. */
  readonly templates: ReadonlySet<Template>
  /** Only the run can tell the name of a template file. */
  readonly openFile: boolean
}

/**
 * Evaluates the conditions and the loop of a task, renders, validates and loads files, once for each value of the loop.
 * Without `runtime` it does all of it that can be done before connecting, to find mistakes.
 *
 * @throws {InputError} with everything wrong in it.
 */
export function expand(task: HostTask, files: LocalFiles, runtime: JsonObject | undefined): Expansion {
  const expander = new Expander(task, files, { position: task.position, runtime })
  const items = expander.run()
  expander.problems.throwIfAny()
  const { complete, templates, openFile } = expander
  return { items, complete, templates, openFile }
}

class Expander {
  readonly problems = new Problems()
  readonly templates = new Set<Template>()
  complete = true
  openFile = false
  readonly #task: HostTask
  readonly #files: LocalFiles
  readonly #moment: Moment

  constructor(task: HostTask, files: LocalFiles, moment: Moment) {
    this.#task = task
    this.#files = files
    this.#moment = moment
  }

  run(): readonly Item[] {
    const { node, conditions, scope } = this.#task
    const { loop } = node
    const outer = conditions.slice(0, conditions.length - node.conditions.length)
    const own = conditions.slice(outer.length)
    // A condition that does not speak of the loop's value is asked first: it may guard the loop itself.
    const first = loop === undefined ? own : withoutNames(own, loopNames(loop))
    const verdict = this.#holds([...outer, ...first])
    if (verdict === false) return []
    const guarded = verdict === undefined ? guardedNames([...outer, ...first]) : undefined
    const moment = guarded === undefined ? this.#moment : { ...this.#moment, guarded }
    const scopes = loop === undefined ? [scope] : this.#turns(loop, scope, moment)
    return scopes.flatMap((inner) => this.#turn(inner, own.length > first.length, moment) ?? [])
  }

  /** The scope of each turn of the loop. */
  #turns(loop: Loop, scope: Scope, moment: Moment): readonly Scope[] {
    const layers = this.problems.attempt(() => {
      const found = this.#ifKnown(() => loopLayers(loop, new VariableLookup(scope, moment)))
      return found ?? [pendingLayer(loop)]
    })
    // The task's own variables may speak of the loop's value, which is the stronger one under the same name.
    return (layers ?? []).map((layer) => scope.with(layer).with(this.#task.node.variables).with(layer))
  }

  #turn(scope: Scope, hasMoreConditions: boolean, moment: Moment): Item | undefined {
    const { node } = this.#task
    let now = moment
    if (hasMoreConditions) {
      const own = node.conditions.map((condition) => ({ condition, scope }))
      const verdict = this.#holds(own)
      if (verdict === false) return undefined
      if (verdict === undefined)
        now = { ...moment, guarded: new Set([...(moment.guarded ?? []), ...guardedNames(own)]) }
    }
    const lookup = new VariableLookup(scope, now)
    const name = this.#name(lookup)
    const draft = draftParams(node, lookup, this.problems)
    if (draft.unknown.length > 0) this.complete = false
    const data = validateParams(draft, node, this.problems)
    const files = this.#load(data?.data ?? draft.value, draft.unknown, lookup)
    if (data === undefined || files === undefined) return undefined
    return { name, place: node.source.place(), resource: node.resource, params: data.data, files }
  }

  /** False also where a condition is wrong: what it guards would only cause more messages. */
  #holds(conditions: HostTask['conditions']): boolean | undefined {
    let verdict: boolean | undefined = false
    this.problems.attempt(() => {
      verdict = holds(conditions, this.#moment)
    })
    if (verdict === undefined) this.complete = false
    return verdict
  }

  /** The rendered name; of a loop's turns that would otherwise look the same, with the value behind it. */
  #name(lookup: VariableLookup): string {
    const { node, noLog } = this.#task
    const { loop } = node
    const name = node.name === undefined ? node.resource.name : this.#text(node.source.at('name'), lookup)
    if (loop === undefined || noLog) return name
    if (loop.label !== undefined) return `${name} (${this.#text(loop.label, lookup)})`
    const value = this.#ifKnown(() => lookup.get(loop.variable))
    const isPlain = typeof value === 'string' || typeof value === 'number'
    return isPlain && name === node.name ? `${name} (${value})` : name
  }

  #text(source: Source, lookup: VariableLookup): string {
    const value = this.problems.attempt(() => this.#ifKnown(() => renderString(source, lookup)))
    return value === undefined ? String(source.value) : typeof value === 'string' ? value : JSON.stringify(value)
  }

  /** Files that parameters name. Nothing where one is missing, or is not known yet. */
  #load(
    data: unknown,
    unknown: readonly (readonly (string | number)[])[],
    lookup: VariableLookup,
  ): Item['files'] | undefined {
    const { node } = this.#task
    const uses: { readonly [param: string]: 'content' | 'template' } = node.resource.files ?? {}
    const loaded: [string, LocalFile][] = []
    let failed = false
    for (const [param, use] of Object.entries(uses)) {
      const written: unknown = isRecord(data) && Object.hasOwn(data, param) ? data[param] : undefined
      if (typeof written !== 'string') continue
      if (unknown.some(([first]) => first === param)) {
        this.openFile ||= use === 'template'
        failed = true
        continue
      }
      const file = this.problems.attempt(() =>
        this.#ifKnown(() =>
          this.#files.load(written, use, node.params.at(param), lookup, (template) => this.templates.add(template)),
        ),
      )
      if (file === undefined) failed = true
      else loaded.push([param, file])
    }
    return failed ? undefined : Object.fromEntries(loaded)
  }

  /** Nothing when only the run can tell; that makes the expansion incomplete. */
  #ifKnown<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof NeedsRuntime)) throw error
      this.complete = false
      return undefined
    }
  }
}

function isRecord(data: unknown): data is { readonly [key: string]: unknown } {
  return typeof data === 'object' && data !== null
}
