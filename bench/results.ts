/**
 * What `npm run bench` found: the shape of bench/results.json.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What is counted of one run. A field is missing where it was not measured. */
export const measures = [
  'seconds',
  'cpuSeconds',
  'memoryBytes',
  'bytesUp',
  'bytesDown',
  'turns',
  'turnsAfterLogin',
  'forks',
] as const

export type Measure = (typeof measures)[number]

/** Of one run. */
export type Figures = { readonly [name in Measure]?: number | undefined }

/** Median, least and most of several runs. */
export type Spread = readonly [median: number, least: number, most: number]

/** A tool at a point: its figures, or why there are none. */
export interface Entry {
  readonly runs?: number
  readonly figures?: { readonly [name in Measure]?: Spread }
  readonly leftOut?: string
}

/** One place on a scenario's axis: so many tasks, hosts, or milliseconds. */
export interface PointResult {
  readonly at: number
  readonly tools: Readonly<Record<string, Entry>>
}

export interface ScenarioResult {
  /** The day, as `2026-11-23`. */
  readonly measured: string
  /** The commit that was measured; with a `+` where files differed from it. */
  readonly commit: string
  readonly points: readonly PointResult[]
  /** Of provision's processor time at the last point, from 0 to 1; where it was asked for. */
  readonly renderingShare?: number
}

export interface Machine {
  readonly processors: number
  readonly model: string
  readonly memoryBytes: number
  readonly kernel: string
  readonly system: string
}

/** A tool as the page names it. */
export interface Contestant {
  readonly name: string
  readonly title: string
  /** In one line; nothing where it could not be had. */
  readonly version: string | null
}

export interface Results {
  readonly machine: Machine
  /** In the order of the page. */
  readonly contestants: readonly Contestant[]
  readonly scenarios: Readonly<Record<string, ScenarioResult>>
}

const file = join(import.meta.dirname, 'results.json')

/** What was found before; undefined where nothing was. */
export function readResults(): Results | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : undefined
}

export function writeResults(results: Results): void {
  writeFileSync(file, resultsText(results))
}

/** JSON with sorted names and one line for each tool at a point, so that a new run makes a diff that can be read. */
export function resultsText(results: Results): string {
  const short: string[] = []
  const marked = JSON.stringify(
    results,
    (name, value: unknown) => {
      if (name !== 'tools') return sorted(value)
      const entries = Object.entries(value as Record<string, Entry>).map(([tool, entry]) => {
        short.push(JSON.stringify(entry))
        return [tool, `@${short.length - 1}@`]
      })
      return sorted(Object.fromEntries(entries))
    },
    2,
  )
  return `${marked.replaceAll(/"@(\d+)@"/g, (_, index) => short[Number(index)] ?? '')}\n`
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The figures of several runs as one entry. */
export function spread(runs: readonly Figures[]): Entry {
  const figures = measures.flatMap((name) => {
    const values = runs.map((run) => run[name]).filter((value) => value !== undefined)
    return values.length === 0 ? [] : [[name, spreadOf(values)] as const]
  })
  return { runs: runs.length, figures: Object.fromEntries(figures) }
}

function spreadOf(values: readonly number[]): Spread {
  const ordered = values.map(round).sort((a, b) => a - b)
  const middle = ordered.length >> 1
  const upper = ordered[middle] ?? 0
  const median = ordered.length % 2 === 1 ? upper : round(((ordered[middle - 1] ?? 0) + upper) / 2)
  return [median, ordered[0] ?? 0, ordered.at(-1) ?? 0]
}

/** Times to a millisecond, counts whole. */
function round(value: number): number {
  return value < 1000 ? Math.round(value * 1000) / 1000 : Math.round(value)
}
