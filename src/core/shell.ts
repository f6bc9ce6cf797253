import { inspect } from 'node:util'
import type { Batched } from './batch.ts'
import { ControllerFile } from './controller-file.ts'
import { Secret } from './secret.ts'

type Part = string | Secret | ControllerFile

/** What may stand inside `sh`: text is quoted, a Script stays shell text, a list becomes words. */
export type ShellValue =
  | string
  | number
  | Secret
  | ControllerFile
  | Script
  | readonly (string | number | Secret | Script)[]

/**
 * Shell text in which every foreign value was quoted by construction.
 * Printing a Script shows its secrets as `‹secret›`; only `reveal()` gives the text that runs.
 */
export class Script {
  readonly #parts: readonly Part[]
  /** Set for a read that can be answered along with others of its kind. */
  readonly batched: Batched | undefined

  /** @internal Use `sh` or `joinScripts`: a constructor taking text would be the unquoted way that must not exist. */
  constructor(parts: readonly Part[], batched?: Batched) {
    this.#parts = parts
    this.batched = batched
  }

  get parts(): readonly Part[] {
    return this.#parts
  }

  /** The text to run, secrets included. Goes to a shell's standard input and nowhere else. */
  reveal(): string {
    return this.#parts.map((part) => (typeof part === 'string' ? part : quote(part.reveal()))).join('')
  }

  /** Files of the controller that it sends, but nobody has fetched yet. */
  get missing(): readonly ControllerFile[] {
    return this.#parts.filter((part) => part instanceof ControllerFile && !part.isFetched) as ControllerFile[]
  }

  /** The same with the contents of such files: base64, by sha256. */
  withFiles(contents: ReadonlyMap<string, string>): Script {
    const filled = (part: Part): Part =>
      part instanceof ControllerFile ? new ControllerFile(part.url, part.sha256, contents.get(part.sha256)) : part
    return new Script(this.#parts.map(filled), this.batched)
  }

  get isEmpty(): boolean {
    return this.#parts.every((part) => typeof part === 'string' && part.trim() === '')
  }

  toString(): string {
    return this.#parts.map(String).join('')
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}

/**
 * Shell text: sh`install -o ${owner} ${path}`. The template is taken raw, so `\.` reaches the shell as it is written;
 * only a backslash before a backtick or before a dollar-brace is dropped, because JavaScript needs it there.
 * Secrets must only be handed to shell builtins (`printf`) or standard input: arguments of programs are public in ps.
 *
 * @throws {RangeError} when a value holds a NUL byte, which no shell can carry.
 */
export function sh(strings: TemplateStringsArray, ...values: readonly ShellValue[]): Script {
  const parts: Part[] = []
  strings.raw.forEach((text, index) => {
    parts.push(text.replaceAll('\\${', '${').replaceAll('\\`', '`'))
    const value = values[index]
    if (value !== undefined) parts.push(...words(value))
  })
  return new Script(parts)
}

/** Scripts one after another, a newline between them unless told otherwise; empty ones are left out. */
export function joinScripts(scripts: readonly Script[], separator = '\n'): Script {
  const kept = scripts.filter((script) => !script.isEmpty)
  return new Script(kept.flatMap((script, index) => (index === 0 ? script.parts : [separator, ...script.parts])))
}

/**
 * Text as one POSIX shell word (XCU 2.2.2, single quotes). Plain words stay as they are, for the reader's sake.
 *
 * @throws {RangeError} when the text holds a NUL byte.
 */
export function quote(text: string): string {
  if (text.includes('\0')) throw new RangeError('a shell word cannot hold a NUL byte')
  return /^[A-Za-z0-9_./:@%+,=-]+$/.test(text) && !/^[=~]/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

function words(value: ShellValue): Part[] {
  if (value instanceof Script) return [...value.parts]
  if (value instanceof Secret || value instanceof ControllerFile) return [value]
  if (typeof value === 'string' || typeof value === 'number') return [quote(String(value))]
  return value.flatMap((word, index) => (index === 0 ? words(word) : [' ', ...words(word)]))
}
