import { dirname, isAbsolute, join } from 'node:path'
import { InputError } from '../core/error.ts'
import type { LocalFile } from '../core/resource.ts'
import { isFile, nearFile, type OnFile, readText } from './files.ts'
import { frame } from './frame.ts'
import { Lines } from './lines.ts'
import type { Lookup } from './lookup.ts'
import { orNeedsRuntime, TooEarly } from './runtime-names.ts'
import type { Source } from './source.ts'
import { parseTemplate, renderFile, type Template, TemplateError } from './template.ts'
import { type ProblemAt, refuseUnknown } from './unknown-names.ts'

/** How a parameter's file is used; see `Resource.files`. */
type Use = 'content' | 'template'

interface TemplateFile {
  readonly path: string
  readonly text: string
  readonly template: Template
}

/** Files of the controller that tasks name: found, read and parsed once, however many hosts use them. */
export class LocalFiles {
  readonly #playbookDirectory: string
  /** Where templates are looked for last. */
  readonly #shipped: readonly string[]
  readonly #onFile: OnFile
  readonly #contents = new Map<string, LocalFile>()
  readonly #templates = new Map<string, TemplateFile>()

  constructor(playbookDirectory: string, shipped: readonly string[], onFile: OnFile = () => undefined) {
    this.#playbookDirectory = playbookDirectory
    this.#shipped = shipped
    this.#onFile = onFile
  }

  /**
   * The file that a parameter names, rendered if it is a template. `used` hears of every template before it is
   * rendered.
   *
   * @throws {InputError} at the parameter when there is no such file, in the template's own file when it is wrong.
   * @throws {NeedsRuntime} when only the run can tell what the template says.
   */
  load(written: string, use: Use, source: Source, lookup: Lookup, used: (template: Template) => void): LocalFile {
    const path = this.#find(written, use, source)
    if (use === 'content') return this.#content(path, source)
    const file = this.#template(path, source)
    used(file.template)
    try {
      const rendered = orNeedsRuntime(
        () => renderFile(file.template, lookup),
        () => refuseUnknown(file.template.paths, lookup, problemIn(path, file.text)),
      )
      return { path, content: Buffer.from(rendered, 'utf8') }
    } catch (error) {
      throw inFile(error, path, file.text)
    }
  }

  /**
   * Beside the task, beside the playbook, in `templates/` or `files/` beside these or one level up, then what is
   * shipped.
   */
  #find(written: string, use: Use, source: Source): string {
    const directory = use === 'template' ? 'templates' : 'files'
    const near = [dirname(source.file), this.#playbookDirectory]
    const directories = [
      ...near,
      ...near.flatMap((base) => [join(base, directory), join(base, '..', directory)]),
      ...(use === 'template' ? this.#shipped : []),
    ]
    const candidates = isAbsolute(written) ? [written] : directories.map((base) => join(base, written))
    const found = candidates.find(isFile)
    if (found !== undefined) return found
    const hint = candidates.map(nearFile).find((guess) => guess !== undefined) ?? `looked in ${listed(directories)}`
    throw new InputError([source.problem(`there is no file ${written}`, { hint })])
  }

  #content(path: string, source: Source): LocalFile {
    const known = this.#contents.get(path)
    if (known !== undefined) return known
    const file = { path, content: readText(path, (message, hint) => source.problem(message, { hint })) }
    this.#onFile(path, file.content)
    this.#contents.set(path, file)
    return file
  }

  #template(path: string, source: Source): TemplateFile {
    const known = this.#templates.get(path)
    if (known !== undefined) return known
    const content = readText(path, (message, hint) => source.problem(message, { hint }))
    this.#onFile(path, content)
    const text = content.toString('utf8')
    try {
      const file = { path, text, template: parseTemplate(text) }
      this.#templates.set(path, file)
      return file
    } catch (error) {
      throw inFile(error, path, text)
    }
  }
}

/** Turns what a template threw into a problem in the template's own file; anything else comes back as it is. */
function inFile(error: unknown, file: string, text: string): unknown {
  const problem = problemIn(file, text)
  if (error instanceof TemplateError) return new InputError([problem(error.message, error)])
  if (!(error instanceof TooEarly)) return error
  const offset = Math.max(0, text.indexOf(error.variable))
  return new InputError([problem(error.message, { offset, length: error.variable.length, hint: undefined })])
}

function problemIn(file: string, text: string): ProblemAt {
  return (message, { offset, length, hint }) => {
    const place = new Lines(text).place(offset, file)
    return { message, place, frame: frame(text, place, length), ...(hint === undefined ? {} : { hint }) }
  }
}

function listed(directories: readonly string[]): string {
  return [...new Set(directories)].join(', ')
}
