import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { load as parse } from 'js-yaml'
import type { Json, JsonObject } from '../../src/core/json.ts'

export const casesFolder = join(import.meta.dirname, 'resources')

/** One life of a resource on a real host: absent → present, again → nothing, drifted → repaired. */
export interface LifeCase {
  readonly resource: string
  readonly it: string
  readonly params: Json
  /** Other tasks that stand before the one under test and are not judged. */
  readonly tasks?: readonly JsonObject[]
  /** Shell text, run on the host first. */
  readonly before?: string
  /** Shell text that takes the host away from the wanted state. */
  readonly drift?: string
  /** Shell text that succeeds only in the wanted state. */
  readonly proof?: string
  readonly releases?: readonly string[]
  /** It only waits: a check cannot tell, and nothing counts as changed. */
  readonly waits?: true
  /** `changes`: the resource acts at every run. */
  readonly again?: 'changes'
}

export function lifeCases(): readonly LifeCase[] {
  return readdirSync(casesFolder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) => {
      const cases = parse(readFileSync(join(casesFolder, file), 'utf8')) as Omit<LifeCase, 'resource'>[]
      return cases.map((one) => ({ ...one, resource: basename(file, '.yaml') }))
    })
}

/** What happened to one case on one host; no message: all was well. */
export interface LifeReport {
  readonly resource: string
  readonly it: string
  readonly host: string
  readonly message?: string
}
