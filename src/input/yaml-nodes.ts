import type { Event, ScalarEvent } from 'js-yaml'
import { COLLECTION_STYLE, EVENT_ID, getScalarValue, load, SCALAR_STYLE } from 'js-yaml'

/** Nodes that a document may hold with every alias written out: stops a few lines of aliases from filling the memory. */
export const MAX_NODES = 1_000_000
/** Levels that a document may have with every alias written out. */
const MAX_HEIGHT = 100

/** A mapping's entry: where its key and its value are written. */
export interface Entry {
  readonly key: Node
  readonly value: Node
}

/** Where a value is written. An alias is the node that it stands for. Offsets count from 0. */
export interface Node {
  readonly kind: 'scalar' | 'sequence' | 'mapping'
  /** Begins at the quote of a quoted scalar, at the first key of a block mapping. */
  readonly start: number
  readonly end: number
  readonly flow: boolean
  readonly scalar: ScalarEvent | undefined
  readonly items: readonly Node[]
  readonly entries: ReadonlyMap<string, Entry>
  /** Mappings merged with `<<`, the strongest first. */
  readonly merges: readonly Node[]
  readonly nodes: number
  readonly height: number
}

/** Something that js-yaml would refuse with a vague message, or not at all. */
export type NodeMistake =
  | { readonly kind: 'duplicate key'; readonly key: string; readonly node: Node; readonly first: Node }
  | { readonly kind: 'key'; readonly node: Node; readonly parent: Node }
  | { readonly kind: 'alias'; readonly name: string; readonly start: number }
  | { readonly kind: 'number'; readonly node: Node }
  | { readonly kind: 'size'; readonly start: number }

/** Builds the tree of positions from js-yaml's events. The parser has already limited the depth. */
export class NodeReader {
  readonly mistakes: NodeMistake[] = []
  readonly #text: string
  readonly #events: readonly Event[]
  readonly #anchors = new Map<string, Node>()
  #index = 0

  constructor(text: string, events: readonly Event[]) {
    this.#text = text
    this.#events = events
  }

  /** The root of every document in the stream. */
  documents(): Node[] {
    const roots: Node[] = []
    while (this.#index < this.#events.length) {
      this.#index++
      this.#anchors.clear()
      roots.push(this.#node(0))
      this.#index++
    }
    return roots
  }

  /** `fallback` is where an empty value is said to be. */
  #node(fallback: number): Node {
    const event = this.#events[this.#index++]
    if (event?.type === EVENT_ID.ALIAS) return this.#alias(event.anchorStart, event.anchorEnd)
    if (event?.type === EVENT_ID.SEQUENCE) return this.#anchored(event, this.#sequence(event.start, isFlow(event)))
    if (event?.type === EVENT_ID.MAPPING) return this.#anchored(event, this.#mapping(event.start, isFlow(event)))
    if (event?.type === EVENT_ID.SCALAR) return this.#anchored(event, this.#scalar(event, fallback))
    throw new Error(`unexpected YAML event ${event?.type}`)
  }

  #alias(start: number, end: number): Node {
    const name = this.#text.slice(start, end)
    const target = this.#anchors.get(name)
    if (target !== undefined) return target
    this.mistakes.push({ kind: 'alias', name, start: start - 1 })
    return node('scalar', { start: start - 1, end })
  }

  #anchored(event: { readonly anchorStart: number; readonly anchorEnd: number }, found: Node): Node {
    if (event.anchorStart !== -1) this.#anchors.set(this.#text.slice(event.anchorStart, event.anchorEnd), found)
    return found
  }

  #scalar(event: ScalarEvent, fallback: number): Node {
    const found = scalarNode(this.#text, event, fallback)
    if (isUnusableNumber(this.#text, event)) this.mistakes.push({ kind: 'number', node: found })
    return found
  }

  #sequence(start: number, flow: boolean): Node {
    const items: Node[] = []
    while (this.#events[this.#index]?.type !== EVENT_ID.POP) items.push(this.#node(start))
    this.#index++
    return this.#measured(node('sequence', { start, end: start + 1, flow, items }), items)
  }

  #mapping(start: number, flow: boolean): Node {
    const entries = new Map<string, Entry>()
    const merges: Node[] = []
    const keys: Node[] = []
    const mapping = node('mapping', { start, end: start + 1, flow, entries, merges })
    while (this.#events[this.#index]?.type !== EVENT_ID.POP) {
      const key = this.#node(start)
      const value = this.#node(key.start)
      keys.push(key, value)
      if (key.scalar === undefined) this.mistakes.push({ kind: 'key', node: key, parent: mapping })
      else if (isMerge(this.#text, key.scalar)) merges.push(...(value.kind === 'sequence' ? value.items : [value]))
      else this.#entry(entries, key, value, keyText(this.#text, key.scalar))
    }
    this.#index++
    return this.#measured(mapping, keys)
  }

  #entry(entries: Map<string, Entry>, key: Node, value: Node, text: string): void {
    const first = entries.get(text)
    if (first === undefined) entries.set(text, { key, value })
    else this.mistakes.push({ kind: 'duplicate key', key: text, node: key, first: first.key })
  }

  #measured(parent: Node, children: readonly Node[]): Node {
    let nodes = 1
    let height = 0
    for (const child of children) {
      nodes += child.nodes
      height = Math.max(height, child.height)
    }
    if (nodes <= MAX_NODES && height < MAX_HEIGHT) return { ...parent, nodes, height: height + 1 }
    if (!this.mistakes.some((mistake) => mistake.kind === 'size'))
      this.mistakes.push({ kind: 'size', start: parent.start })
    return parent
  }
}

function node(kind: Node['kind'], details: Partial<Node> & { readonly start: number; readonly end: number }): Node {
  return {
    kind,
    flow: false,
    scalar: undefined,
    items: [],
    entries: new Map(),
    merges: [],
    nodes: 1,
    height: 0,
    ...details,
  }
}

function scalarNode(text: string, scalar: ScalarEvent, fallback: number): Node {
  const { valueStart, valueEnd, style } = scalar
  if (valueStart === -1) return node('scalar', { start: fallback, end: fallback + 1, scalar })
  if (style === SCALAR_STYLE.PLAIN) return node('scalar', { start: valueStart, end: valueEnd, scalar })
  const quoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED
  if (quoted) return node('scalar', { start: valueStart - 1, end: valueEnd + 1, scalar })
  const indent = /^\s*/.exec(text.slice(valueStart, valueEnd))?.[0].length ?? 0
  return node('scalar', { start: valueStart + indent, end: valueEnd, scalar })
}

function isFlow(event: { readonly style: number }): boolean {
  return event.style === COLLECTION_STYLE.FLOW
}

function isMerge(text: string, key: ScalarEvent): boolean {
  return key.style === SCALAR_STYLE.PLAIN && getScalarValue(text, key) === '<<'
}

/** The key as it appears in the data: `1.0:` becomes "1", because plain keys are typed before they become names. */
function keyText(text: string, key: ScalarEvent): string {
  const written = getScalarValue(text, key)
  // Only words that could be a number, a boolean or nothing are loaded again: `--- x` would be read as a document, `...` as its end.
  const maybeTyped =
    key.style === SCALAR_STYLE.PLAIN &&
    key.tagStart === -1 &&
    /^(?!---|\.\.\.)([-+.\d~][-+.\w]*|null|true|false|)$/i.test(written)
  return maybeTyped ? String(load(written === '' ? '~' : written)) : written
}

/** Infinity, not-a-number, and whole numbers that JavaScript would round. */
function isUnusableNumber(text: string, scalar: ScalarEvent): boolean {
  if (scalar.style !== SCALAR_STYLE.PLAIN || scalar.valueStart === -1) return false
  const written = getScalarValue(text, scalar)
  if (!/^[-+]?(\.(inf|nan)$|0[xo]|\d{16})/i.test(written)) return false
  const value = load(written)
  return (
    typeof value === 'number' && (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
  )
}
