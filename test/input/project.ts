import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { z } from 'zod'
import { InputError } from '../../src/core/error.ts'
import { type Resource, resource } from '../../src/core/resource.ts'
import { sh } from '../../src/core/shell.ts'
import type { Item, Runtime } from '../../src/core/task.ts'
import { formatProblem } from '../../src/input/frame.ts'
import { type Loaded, type LoadOptions, load } from '../../src/input/load.ts'

const directories: string[] = []
after(() => {
  for (const directory of directories) rmSync(directory, { recursive: true })
})

/** Resources as small as they can be: what counts here is how their parameters are read. */
export const resources: ReadonlyMap<string, Resource> = new Map(
  [
    make('note', z.strictObject({ text: z.union([z.string(), z.number(), z.null(), z.json()]) })),
    make(
      'file',
      z.strictObject({
        path: z.string(),
        mode: z.string().optional(),
        backup: z.boolean().optional(),
        size: z.number().optional(),
        state: z.enum(['present', 'absent']).optional(),
      }),
    ),
    make('service', z.strictObject({ name: z.string() })),
    make('packages', z.strictObject({ names: z.array(z.string()) })),
    make('command', z.string()),
    make('reboot', z.strictObject({ timeout: z.number().default(60) })),
    make('debug', z.strictObject({ var: z.json().optional().meta({ expression: true }) })),
    make('assert', z.strictObject({ that: z.array(z.boolean().meta({ expression: true })) })),
    { ...make('template', z.strictObject({ src: z.string() })), files: { src: 'template' as const } },
    { ...make('copy', z.strictObject({ src: z.string() })), files: { src: 'content' as const } },
    { ...make('set', z.record(z.string(), z.json())), variables: (values: unknown) => values as Runtime },
  ].map((one) => [one.name, one]),
)

function make(name: string, params: z.ZodType): Resource {
  return resource({
    name,
    summary: name,
    examples: '',
    params: () => params,
    read: () => ({ now: sh`true` }),
    plan: () => [],
  })
}

export interface Project {
  readonly directory: string
  load(options?: Partial<LoadOptions>): Loaded
  /** Everything that is wrong, as the terminal shows it, paths from the project's directory on. */
  errors(options?: Partial<LoadOptions>): string
}

/** Writes files into a new directory; `inventory.yaml` and `site.yaml` are what is loaded. */
export function project(files: { readonly [path: string]: string }): Project {
  const directory = mkdtempSync(join(tmpdir(), 'provision-input-'))
  directories.push(directory)
  const all = { 'inventory.yaml': 'all: { hosts: { mx1: } }\n', 'site.yaml': '- hosts: all\n', ...files }
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  const loadAll = (options: Partial<LoadOptions> = {}): Loaded =>
    load({
      inventory: [join(directory, 'inventory.yaml')],
      playbook: join(directory, 'site.yaml'),
      tags: [],
      skipTags: [],
      extraVariables: [],
      resources,
      searchDirectories: {},
      variableSets: {},
      ...options,
    })
  return { directory, load: loadAll, errors: (options) => refusal(() => loadAll(options), directory) }
}

/** What is printed for input that cannot be used. */
export function refusal(work: () => unknown, directory: string): string {
  try {
    work()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return error.problems.map(formatProblem).join('\n').replaceAll(`${directory}/`, '')
  }
  return assert.fail('nothing was wrong')
}

/** The items of all tasks of the first play for one host. */
export function items(
  loaded: Loaded,
  { host = 'mx1', runtime = {} }: { host?: string; runtime?: Runtime } = {},
): Item[] {
  const play = loaded.plays[0]?.hosts.find((one) => one.host.name === host)
  return play?.tasks.flatMap((task) => [...task.expand(runtime)]) ?? assert.fail(`no host ${host}`)
}

/** What the `note`s of the first play say on one host. */
export function notes(loaded: Loaded, options: { host?: string; runtime?: Runtime } = {}): unknown[] {
  return items(loaded, options).map(({ params }) => (params as { text: unknown }).text)
}
