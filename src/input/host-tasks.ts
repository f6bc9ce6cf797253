import { InputError } from '../core/error.ts'
import type { TaskGuard } from '../core/guard.ts'
import { type Conditions, holds, withoutNames } from './conditions.ts'
import { loopLayers, loopNames } from './loop.ts'
import type { Problems } from './problems.ts'
import { renderString } from './render.ts'
import { NeedsRuntime } from './runtime-names.ts'
import type { Scope } from './scope.ts'
import { broughtBy, type GroupNode, type Keywords, type Node, type TaskNode } from './task-tree.ts'
import { VariableLookup } from './variable-lookup.ts'

/** What tasks take over from the includes, blocks and the play around them. */
export interface Inherited {
  readonly scope: Scope
  readonly conditions: Conditions
  readonly tags: readonly string[]
  readonly become: boolean | undefined
  readonly becomeUser: string | undefined
  readonly noLog: boolean
  readonly ignoreErrors: boolean
  readonly check: boolean | undefined
  readonly guard: TaskGuard | false | undefined
  readonly timeout: number | undefined
}

/** A task of one host with everything that it inherits. Its own conditions come last. */
export interface HostTask extends Inherited {
  readonly node: TaskNode
  /** Its number among the tasks of the play. */
  readonly position: number
}

/** Unfolds task trees for one host, and notes which run-time names each task brings. */
export class HostTasks {
  readonly tasks: HostTask[] = []
  readonly #problems: Problems

  constructor(problems: Problems) {
    this.#problems = problems
  }

  /** Adds the tasks of a tree. An include with a loop is unfolded here: its loop is known before connecting. */
  add(nodes: readonly Node[], inherited: Inherited): void {
    for (const node of nodes) {
      if (node.kind === 'task') this.#addTask(node, inherited)
      else if (node.loop === undefined) this.add(node.children, this.#inside(node, inherited, inherited.scope))
      else this.#problems.attempt(() => this.#addLoop(node, inherited))
    }
  }

  #addTask(node: TaskNode, inherited: Inherited): void {
    const position = this.tasks.length
    const task = { ...this.#inside(node, inherited, inherited.scope), node, position }
    for (const name of broughtBy(node)) {
      inherited.scope.host.runtimeNames.add(name, position, node.source.place())
    }
    this.tasks.push(task)
  }

  #addLoop(node: GroupNode, inherited: Inherited): void {
    const moment = { position: this.tasks.length }
    const { loop } = node
    if (loop === undefined || holds(inherited.conditions, moment) === false) return
    try {
      const own = node.conditions.map((condition) => ({ condition, scope: inherited.scope.with(node.variables) }))
      if (holds(withoutNames(own, loopNames(loop)), moment) === false) return
      for (const layer of loopLayers(loop, new VariableLookup(inherited.scope, moment))) {
        this.add(node.children, this.#inside(node, inherited, inherited.scope.with(layer)))
      }
    } catch (error) {
      if (!(error instanceof NeedsRuntime)) throw error
      const hint = 'put the loop on the tasks inside the file'
      throw new InputError([
        loop.source.problem(`the loop of an include is resolved before connecting, but ${error.message}`, { hint }),
      ])
    }
  }

  /** What the tasks of a node inherit. `scope` is where the node itself stands. */
  #inside(node: Keywords, inherited: Inherited, outer: Scope): Inherited {
    const scope = outer.with(node.variables)
    return {
      scope,
      conditions: [...inherited.conditions, ...node.conditions.map((condition) => ({ condition, scope }))],
      tags: [...new Set([...inherited.tags, ...node.tags])],
      become: node.become ?? inherited.become,
      becomeUser: this.becomeUser(node.becomeUser, scope) ?? inherited.becomeUser,
      noLog: node.noLog ?? inherited.noLog,
      ignoreErrors: node.ignoreErrors ?? inherited.ignoreErrors,
      check: node.check ?? inherited.check,
      guard: node.guard ?? inherited.guard,
      timeout: node.timeout ?? inherited.timeout,
    }
  }

  /** The user that `become_user` names. It must be known before connecting. */
  becomeUser(source: Keywords['becomeUser'], scope: Scope): string | undefined {
    if (source === undefined) return undefined
    return this.#problems.attempt(() => {
      try {
        return String(renderString(source, new VariableLookup(scope, { position: this.tasks.length })))
      } catch (error) {
        if (!(error instanceof NeedsRuntime)) throw error
        throw new InputError([source.problem(`become_user is needed before connecting, but ${error.message}`)])
      }
    })
  }
}
