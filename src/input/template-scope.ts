/** What a path in a template starts from. */
export type Origin =
  | { readonly kind: 'variables' }
  /** The entry of a block: the value that a block parameter of this name holds. */
  | { readonly kind: 'entry'; readonly parameter: string }

interface Frame {
  readonly origin: Origin
  /** Block parameters, each standing for itself. */
  readonly parameters: ReadonlySet<string>
  /** Whether @index and @key exist here. */
  readonly loop: boolean
}

/** The blocks around a part of a template, innermost first. */
export class Scope {
  readonly #frames: readonly Frame[]

  constructor(frames: readonly Frame[] = [{ origin: { kind: 'variables' }, parameters: new Set(), loop: false }]) {
    this.#frames = frames
  }

  /** Inside of `#each` or `#with`. The first parameter holds the entry, the second the key or position. */
  inside(parameters: readonly string[], loop: boolean): Scope {
    const [parameter = ''] = parameters
    return new Scope([{ origin: { kind: 'entry', parameter }, parameters: new Set(parameters), loop }, ...this.#frames])
  }

  get depth(): number {
    return this.#frames.length
  }

  hasParameter(name: string): boolean {
    return this.#frames.some(({ parameters }) => parameters.has(name))
  }

  get inLoop(): boolean {
    return this.#frames.some(({ loop }) => loop)
  }

  /** What `../` repeated `steps` times leads to; nothing when it leads out of the template. */
  origin(steps: number): Origin | undefined {
    return this.#frames[steps]?.origin
  }
}
