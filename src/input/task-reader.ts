import { dirname, isAbsolute, join } from 'node:path'
import { didYouMean, InputError } from '../core/error.ts'
import type { Resource } from '../core/resource.ts'
import { Fields } from './fields.ts'
import { isFile, nearFile, type YamlFiles } from './files.ts'
import { foreignHint } from './foreign-names.ts'
import { readKeywords, readName, SHARED_KEYS } from './keywords.ts'
import { isMapping } from './lookup.ts'
import type { Problems } from './problems.ts'
import { kindOf, type Source } from './source.ts'
import type { GroupNode, Node, TaskNode } from './task-tree.ts'
import { hasTemplate } from './template.ts'

const TASK_KEYS = [...SHARED_KEYS, 'loop', 'loop_control', 'register', 'notify']
const INCLUDE_KEYS = [...SHARED_KEYS, 'include', 'loop', 'loop_control']
const BLOCK_KEYS = [...SHARED_KEYS, 'block']

/** Reads task lists and what they include, into a tree that is the same for every host. */
export class TaskReader {
  readonly #files: YamlFiles
  readonly #resources: ReadonlyMap<string, Resource>
  /** Where included files are looked for when they are not beside the file that includes them. */
  readonly #directories: readonly string[]
  readonly #problems: Problems

  constructor(
    files: YamlFiles,
    resources: ReadonlyMap<string, Resource>,
    directories: readonly string[],
    problems: Problems,
  ) {
    this.#files = files
    this.#resources = resources
    this.#directories = directories
    this.#problems = problems
  }

  /** The tasks of a list; `including` are the files that led here, outermost first. */
  read(list: Source, including: readonly string[] = [list.file]): readonly Node[] {
    if (list.value === null) return []
    if (!Array.isArray(list.value)) {
      const hint = 'begin each task with "- "'
      this.#problems.add(list.problem(`expected a list of tasks, got ${kindOf(list.value)}`, { hint }))
      return []
    }
    return list.items().flatMap((task) => this.#node(task, including) ?? [])
  }

  #node(source: Source, including: readonly string[]): Node | undefined {
    if (!isMapping(source.value)) {
      this.#problems.add(source.problem(`expected a task, got ${kindOf(source.value)}`, { hint: 'write "- name: …"' }))
      return undefined
    }
    const fields = new Fields(source, this.#problems)
    if (fields.has('include')) return this.#include(fields, including)
    // A list under `block` groups tasks; a mapping is the resource of that name.
    if (fields.has('block') && !isMapping(source.at('block').value)) return this.#block(fields, including)
    return this.#task(fields)
  }

  #block(fields: Fields, including: readonly string[]): GroupNode {
    fields.allowOnly(BLOCK_KEYS, (key) => this.#hint(key) ?? this.#onlyTasks(key, 'block'))
    const keywords = readKeywords(fields, this.#problems)
    const children = this.read(fields.source.at('block'), including)
    return { kind: 'group', ...keywords, children }
  }

  #include(fields: Fields, including: readonly string[]): GroupNode | undefined {
    fields.allowOnly(INCLUDE_KEYS, (key) => this.#hint(key) ?? this.#onlyTasks(key, 'include'))
    const keywords = readKeywords(fields, this.#problems)
    const children = this.#problems.attempt(() => this.#included(fields, including))
    return children && { kind: 'group', ...keywords, children }
  }

  #included(fields: Fields, including: readonly string[]): readonly Node[] {
    const source = fields.source.at('include')
    const { value } = source
    if (typeof value !== 'string') {
      throw new InputError([source.problem(`include: expected the name of a file, got ${kindOf(value)}`)])
    }
    if (hasTemplate(value)) {
      const hint = 'include each file by its name, with a "when"'
      throw new InputError([source.problem('include: the name of the file cannot be a template', { hint })])
    }
    const candidates = [dirname(source.file), ...this.#directories].map((directory) =>
      isAbsolute(value) ? value : join(directory, value),
    )
    const path = candidates.find(isFile)
    if (path === undefined) {
      const hint = candidates.map(nearFile).find((near) => near !== undefined)
      throw new InputError([source.problem(`include: there is no file ${candidates[0]}`, { hint })])
    }
    if (including.includes(path)) {
      const circle = [...including.slice(including.indexOf(path)), path].join(' → ')
      throw new InputError([source.problem(`include: the file includes itself: ${circle}`)])
    }
    return this.read(this.#files.read(path), [...including, path])
  }

  #task(fields: Fields): TaskNode | undefined {
    const found = this.#resourceOf(fields)
    const keywords = readKeywords(fields, this.#problems)
    const register = readName(fields, 'register', this.#problems)
    const notify = fields.strings('notify')
    if (found === undefined) return undefined
    return { kind: 'task', ...keywords, resource: found, params: fields.source.at(found.name), register, notify }
  }

  /** The resource that a task's one other key names. Reports a key too many, an unknown one, or none. */
  #resourceOf(fields: Fields): Resource | undefined {
    const { source } = fields
    const others = source.entries().filter(([key]) => !TASK_KEYS.includes(key))
    const known = others.filter(([key]) => this.#resources.has(key))
    const [first, second] = known
    for (const [key, field] of others) {
      if (this.#resources.has(key)) continue
      // Once the resource is known, a key that nobody knows is a mistyped keyword.
      const candidates = first === undefined ? [...this.#resources.keys(), ...TASK_KEYS] : TASK_KEYS
      const hint = this.#hint(key) ?? didYouMean(key, [...candidates, 'include', 'block'])
      this.#problems.add(field.problem(`unknown key "${key}"`, { what: 'key', hint }))
    }
    if (first !== undefined && second !== undefined) {
      const hint = 'write one task for each'
      const message = `a task does one thing: "${first[0]}" and "${second[0]}" are two`
      this.#problems.add(second[1].problem(message, { what: 'key', hint }))
    }
    if (others.length === 0) {
      const hint = 'provision doc lists the resources'
      this.#problems.add(source.problem('this task names no resource', { hint }))
    }
    return first && this.#resources.get(first[0])
  }

  #hint(key: string): string | undefined {
    return foreignHint(key, this.#resources)
  }

  #onlyTasks(key: string, kind: string): string | undefined {
    if (this.#resources.has(key)) return `a task has a resource or "${kind}", not both`
    return TASK_KEYS.includes(key) ? `"${key}" belongs to single tasks` : undefined
  }
}
