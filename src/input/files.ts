import { isUtf8 } from 'node:buffer'
import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { didYouMean, InputError, type Problem } from '../core/error.ts'
import { isSealed } from '../core/sealed.ts'
import { Source } from './source.ts'
import { reportSecrets } from './variables.ts'
import { parseYaml } from './yaml.ts'

const MAX_BYTES = 64 * 1024 * 1024

/** Files of age whose text is not known yet: only what is asynchronous can decrypt them. */
export class SealedFilesError extends Error {
  readonly paths: readonly string[]

  constructor(paths: readonly string[]) {
    super(`encrypted: ${paths.join(', ')}`)
    this.name = 'SealedFilesError'
    this.paths = paths
  }
}

/** Hears of every file that is read, with its bytes as they are on the disk. */
export type OnFile = (path: string, content: Buffer) => void

export interface FileOptions {
  readonly onFile?: OnFile | undefined
  /** The texts of encrypted files, by path. */
  readonly decrypted?: ReadonlyMap<string, string> | undefined
  /** Hears every value in encrypted files. */
  readonly onSecret?: ((value: string) => void) | undefined
}

/** Reads YAML files, each once: a task list that is included ten times is parsed once. */
export class YamlFiles {
  readonly #read = new Map<string, Source>()
  readonly #options: FileOptions
  readonly #sealed = new Set<string>()
  #failed = false

  constructor(options: FileOptions = {}) {
    this.#options = options
  }

  /** A file could not be read: what it defines is missing, and would be reported wherever it is used. */
  get failed(): boolean {
    return this.#failed
  }

  /** Does the work that reads files. @throws {SealedFilesError} where it met encrypted ones that nobody has decrypted. */
  unsealed<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw error instanceof InputError && this.#sealed.size > 0 ? new SealedFilesError([...this.#sealed]) : error
    }
  }

  /**
   * @throws {InputError} when the file cannot be read, or is not YAML. `asked` words the problem where the file is
   * named.
   */
  read(
    path: string,
    asked: (message: string, hint?: string) => Problem = (message, hint) => bare(message, hint),
  ): Source {
    const known = this.#read.get(path)
    if (known !== undefined) return known
    const failedBefore = this.#failed
    this.#failed = true
    const content = readText(path, asked)
    this.#options.onFile?.(path, content)
    const source = isSealed(content) ? this.#unseal(path, asked) : new Source(parseYaml(decoded(content, path), path))
    this.#failed = failedBefore
    this.#read.set(path, source)
    return source
  }

  #unseal(path: string, asked: (message: string) => Problem): Source {
    const text = this.#options.decrypted?.get(path)
    if (text === undefined) {
      this.#sealed.add(path)
      throw new InputError([asked(`${path} is encrypted`)])
    }
    const source = new Source(parseYaml(text, path, true))
    reportSecrets(source.value, this.#options.onSecret ?? (() => undefined))
    return source
  }
}

/**
 * The bytes of a file. @throws {InputError} when it cannot be read; `asked` words the problem where the file is named.
 */
export function readText(path: string, asked: (message: string, hint?: string) => Problem): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new InputError([asked(whyUnreadable(error, path), nearFile(path))])
  }
}

/** What is there; nothing also where nobody may look, or where no file can have such a name: reading it says why. */
function stat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

export function isDirectory(path: string): boolean {
  return stat(path)?.isDirectory() ?? false
}

export function isFile(path: string): boolean {
  return stat(path)?.isFile() ?? false
}

/**
 * Names in a directory in a stable order, hidden ones and editors' copies left out; none where there is no directory.
 */
export function namesIn(directory: string): readonly string[] {
  if (!isDirectory(directory)) return []
  return readdirSync(directory)
    .filter((name) => !name.startsWith('.') && !name.endsWith('~'))
    .toSorted()
}

/** `did you mean "…"?` among the files beside a path that does not exist. */
export function nearFile(path: string): string | undefined {
  return didYouMean(basename(path), namesIn(dirname(path)))
}

/**
 * The file of variables that `base` stands for: itself with .yaml, .yml or .json, or all such files below it as a
 * directory.
 */
export function variableFiles(directory: string, entry: string): readonly string[] {
  const path = join(directory, entry)
  if (!isDirectory(path)) return [path]
  return namesIn(path)
    .filter((name) => isDirectory(join(path, name)) || isVariableFile(name))
    .flatMap((name) => variableFiles(path, name))
}

/** Whether a name looks like a file of YAML, encrypted or not. Ansible also takes names without an ending. */
export function isVariableFile(name: string): boolean {
  const plain = name.replace(/\.age$/, '')
  return /\.(ya?ml|json)$/.test(plain) || !plain.includes('.')
}

/** Bytes that are no UTF-8 would be replaced without a word: a password in Latin-1 would become another one. */
function decoded(content: Buffer, path: string): string {
  if (content.length > MAX_BYTES) throw new InputError([{ message: `${path} has more than 64 MiB` }])
  if (isUtf8(content)) return content.toString('utf8')
  const lines = content.toString('latin1').split('\n')
  let line = 0
  while (isUtf8(Buffer.from(lines[line] ?? '', 'latin1'))) line++
  const place = { file: path, line: line + 1, column: 1 }
  throw new InputError([
    { message: 'a character in this line is no UTF-8', place, hint: 'save the file as UTF-8 text' },
  ])
}

function whyUnreadable(error: unknown, path: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no file ${path}`
  if (code === 'EISDIR') return `${path} is a directory`
  if (code === 'EACCES') return `${path} may not be read by this user`
  if (code === 'ERR_INVALID_ARG_VALUE') return 'the name of a file cannot hold a NUL'
  if (code === 'ENAMETOOLONG') return 'this name is too long for a file'
  if (code !== undefined && error instanceof Error) return `${path} cannot be read: ${error.message}`
  throw error
}

function bare(message: string, hint?: string): Problem {
  return hint === undefined ? { message } : { message, hint }
}
