import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { didYouMean, InputError, type Problem } from '../core/error.ts'
import { Source } from './source.ts'
import { parseYaml } from './yaml.ts'

/** Reads YAML files, each once: a task list that is included ten times is parsed once. */
export class YamlFiles {
  readonly #read = new Map<string, Source>()
  #failed = false

  /** A file could not be read: what it defines is missing, and would be reported wherever it is used. */
  get failed(): boolean {
    return this.#failed
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
    const source = new Source(parseYaml(readText(path, asked).toString('utf8'), path))
    this.#failed = failedBefore
    this.#read.set(path, source)
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

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
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

/** Whether a name looks like a file of YAML. Ansible also takes names without an ending. */
export function isVariableFile(name: string): boolean {
  return /\.(ya?ml|json)$/.test(name) || !name.includes('.')
}

function whyUnreadable(error: unknown, path: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no file ${path}`
  if (code === 'EISDIR') return `${path} is a directory`
  if (code === 'EACCES') return `${path} may not be read by this user`
  throw error
}

function bare(message: string, hint?: string): Problem {
  return hint === undefined ? { message } : { message, hint }
}
