import { CORE_SCHEMA, constructFromEvents, mergeTag, parseEvents, SCALAR_STYLE } from 'js-yaml'
import { InputError, type Place, type Problem } from '../core/error.ts'
import type { Json } from '../core/json.ts'
import { frame } from './frame.ts'
import { Lines } from './lines.ts'
import { explain, explainNode, withoutWords, type YamlMistake } from './yaml-mistakes.ts'
import { MAX_NODES, type Node, type NodeMistake, NodeReader } from './yaml-nodes.ts'
import { sourceOffset } from './yaml-offsets.ts'

/** Keys and list positions from the root of a document down to a value. */
export type Path = readonly (string | number)[]

export interface ProblemOptions {
  readonly hint?: string | undefined
  /** Points at the key instead of the value. */
  readonly what?: 'key' | 'value' | undefined
  /** Characters to underline; else the whole key or value. */
  readonly length?: number | undefined
  /** Where the mistake begins inside the value, in characters from 0. */
  readonly offset?: number | undefined
}

interface Found {
  readonly key: Node | undefined
  readonly value: Node
  /** False when the path ends below this node. */
  readonly complete: boolean
}

interface YamlText {
  readonly file: string
  readonly text: string
  readonly sealed: boolean
  readonly lines: Lines
}

const SCHEMA = CORE_SCHEMA.withTags(mergeTag)
const MAX_DEPTH = 64
const MAX_MERGED_KEYS = 1_000_000

/** A YAML file as data that knows where each value is written. */
export class YamlDocument {
  readonly file: string
  readonly text: string
  readonly data: Json
  /** It was encrypted: its lines are not shown, and its values are secrets. */
  readonly sealed: boolean
  readonly #root: Node
  readonly #lines: Lines

  constructor(source: YamlText, data: Json, root: Node) {
    this.file = source.file
    this.text = source.text
    this.sealed = source.sealed
    this.#lines = source.lines
    this.data = data
    this.#root = root
  }

  /** Where a key or value is written, through aliases and merges; the nearest ancestor's place if there is no such path. */
  locate(path: Path, what: 'key' | 'value' = 'value'): Place {
    return this.#lines.place(this.#span(path, what).start, this.file)
  }

  /** A scalar's source text without quotes: `0644` where the data says 644. Nothing for lists, mappings and empty values. */
  raw(path: Path): string | undefined {
    const { value, complete } = this.#find(path)
    if (!complete || value.scalar === undefined || value.scalar.valueStart === -1) return undefined
    return this.text.slice(value.scalar.valueStart, value.scalar.valueEnd)
  }

  /** Whether a scalar stands in the file without quotes, so that YAML chose its type. */
  isPlain(path: Path): boolean {
    const { value, complete } = this.#find(path)
    return complete && value.scalar?.style === SCALAR_STYLE.PLAIN && value.scalar.tagStart === -1
  }

  /** A mistake at a value or key, with its place and frame. */
  problem(path: Path, message: string, options: ProblemOptions = {}): Problem {
    const { start, end } = this.#span(path, options.what ?? 'value', options.offset)
    const length = options.length ?? /^[^\r\n]*/.exec(this.text.slice(start, end))?.[0].trimEnd().length ?? 1
    return problemAt(this, this.#lines, { message, offset: start, length, ...hinted(options.hint) })
  }

  #span(path: Path, what: 'key' | 'value', offset?: number): { readonly start: number; readonly end: number } {
    const { key, value, complete } = this.#find(path)
    if ((what === 'key' || !complete) && key !== undefined) return key
    if (value.kind !== 'scalar') return firstLine(value)
    if (offset === undefined || value.scalar === undefined || value.scalar.valueStart === -1) return value
    return { start: sourceOffset(this.text, value.scalar, offset), end: value.end }
  }

  #find(path: Path): Found {
    let found: Found = { key: undefined, value: this.#root, complete: true }
    for (const step of path) {
      const next = child(found.value, step)
      if (next === undefined) return { ...found, complete: false }
      found = { key: next.key ?? found.key, value: next.value, complete: true }
    }
    return found
  }
}

/**
 * Reads a YAML file.
 *
 * @param sealed it was encrypted: messages quote nothing of it but keys.
 * @throws {InputError} with every mistake that can be told apart: syntax, duplicate keys, unquoted templates, an empty file.
 */
export function parseYaml(text: string, file: string, sealed = false): YamlDocument {
  const source = { file, text: text.replace(/^\uFEFF/, ''), sealed, lines: new Lines(text.replace(/^\uFEFF/, '')) }
  const refuse = (mistakes: readonly YamlMistake[]): never => {
    const shown = sealed ? mistakes.map(withoutWords) : mistakes
    throw new InputError(shown.map((mistake) => problemAt(source, source.lines, mistake)))
  }
  const attempt = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      return refuse([explain(error, source.text)])
    }
  }
  const events = attempt(() => parseEvents(source.text, { maxDepth: MAX_DEPTH }))
  // A node is an event, or two where it holds others. Positions of more than are allowed would fill the memory first.
  if (events.length > 2 * MAX_NODES)
    refuse([{ message: 'this file holds more than a million values', offset: 0, length: 1 }])
  const reader = new NodeReader(source.text, events)
  const [root, second] = reader.documents()
  const lineOf = (offset: number) => source.lines.place(offset, file).line
  const mistakes = withoutEchoes(reader.mistakes).map((mistake) => explainNode(mistake, source.text, lineOf))
  if (mistakes.length > 0) refuse(mistakes)
  const options = { source: source.text, schema: SCHEMA, maxTotalMergeKeys: MAX_MERGED_KEYS }
  const [data] = attempt(() => constructFromEvents(events, options))
  if (root === undefined || data === null) {
    throw new InputError([{ message: 'the file is empty', place: { file, line: 1, column: 1 } }])
  }
  if (second !== undefined) refuse([{ message: 'a second document begins here', offset: second.start, length: 1 }])
  if (!isJson(data)) throw new Error('js-yaml made something that is not plain data')
  return new YamlDocument(source, data, root)
}

/** Braces inside the braces of a refused key are no mistakes of their own. */
function withoutEchoes(mistakes: readonly NodeMistake[]): readonly NodeMistake[] {
  const refused = new Set(mistakes.map((mistake) => (mistake.kind === 'key' ? mistake.node.start : -1)))
  return mistakes.filter(
    (mistake) => mistake.kind !== 'key' || !mistake.parent.flow || !refused.has(mistake.parent.start),
  )
}

/** The core schema makes nothing but JSON, apart from the numbers that the tree of positions has refused. */
function isJson(data: unknown): data is Json {
  return ['string', 'number', 'boolean', 'object'].includes(typeof data)
}

function child(
  node: Node,
  step: string | number,
): { readonly key: Node | undefined; readonly value: Node } | undefined {
  if (node.kind === 'sequence') {
    const value = typeof step === 'number' || /^\d+$/.test(step) ? node.items[Number(step)] : undefined
    return value === undefined ? undefined : { key: undefined, value }
  }
  const own = node.entries.get(String(step))
  if (own !== undefined) return own
  for (const merged of node.merges) {
    const inherited = child(merged, step)
    if (inherited !== undefined) return inherited
  }
  return undefined
}

/** A list or mapping is pointed at by its first word. */
function firstLine(node: Node): { readonly start: number; readonly end: number } {
  const [first] = node.entries.values()
  return node.flow || first === undefined ? node : { start: node.start, end: first.key.end }
}

function hinted(hint: string | undefined): { readonly hint?: string } {
  return hint === undefined ? {} : { hint }
}

function problemAt(source: Omit<YamlText, 'lines'>, lines: Lines, mistake: YamlMistake): Problem {
  const place = lines.place(mistake.offset, source.file)
  if (source.sealed) {
    const hint =
      mistake.hint ?? `the file is encrypted, so its line is not shown: provision secrets edit ${source.file}`
    return { message: mistake.message, place, hint }
  }
  return { message: mistake.message, place, frame: frame(source.text, place, mistake.length), ...hinted(mistake.hint) }
}
