import { inspect } from 'node:util'

/**
 * A file that the controller fetches and a change sends. Its content comes right before the change is carried out: plans,
 * and so checks, do without. Printed, it is its address.
 */
export class ControllerFile {
  /** http, https or file; or an absolute path, both of the controller. */
  readonly url: string
  /** Hexadecimal, lower case, of the whole file. */
  readonly sha256: string
  readonly #base64: string | undefined

  constructor(url: string, sha256: string, base64?: string) {
    this.url = url
    this.sha256 = sha256
    this.#base64 = base64
  }

  get isFetched(): boolean {
    return this.#base64 !== undefined
  }

  /** The content in base64. @throws {Error} where nobody has fetched it: a mistake of ours. */
  reveal(): string {
    if (this.#base64 === undefined) throw new Error(`${this.url} was not fetched before it was to be sent`)
    return this.#base64
  }

  toString(): string {
    return `‹${this.url}›`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}
