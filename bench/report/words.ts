/**
 * Figures as the page writes them.
 */
import type { Entry, Measure, PointResult, Results } from '../results.ts'
import type { ScenarioName } from '../scenarios.ts'

/** `0.52 s`, `12.3 s`, `140 s`: three digits say as much as the measurement does. */
export function seconds(value: number): string {
  return `${threeDigits(value)} s`
}

/** In units of 1000, as disks and networks count: `9.3 kB`, `84 MB`. */
export function bytes(value: number): string {
  if (value < 1e3) return `${value} B`
  return value < 1e6 ? `${threeDigits(value / 1e3)} kB` : `${threeDigits(value / 1e6)} MB`
}

/** `1.4 ×`, `32 ×`. */
export function times(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ×`
}

function threeDigits(value: number): string {
  if (value < 10) return value.toFixed(2)
  return value < 100 ? value.toFixed(1) : String(Math.round(value))
}

/** One measure in its unit. */
export function written(measure: Measure, value: number): string {
  switch (measure) {
    case 'seconds':
    case 'cpuSeconds':
      return seconds(value)
    case 'memoryBytes':
    case 'bytesUp':
    case 'bytesDown':
      return bytes(value)
    case 'turns':
    case 'turnsAfterLogin':
    case 'forks':
      return String(Math.round(value))
  }
}

/** What the page calls a measure. */
export const measureTitles: Readonly<Record<Measure, string>> = {
  seconds: 'wall time',
  cpuSeconds: 'processor time of the controller',
  memoryBytes: 'memory of the controller',
  bytesUp: 'bytes sent',
  bytesDown: 'bytes received',
  turns: 'network turns',
  turnsAfterLogin: 'turns after login',
  forks: 'forks on the host',
}

/**
 * The figure that stands for all runs: the median, but of turns the least, because a pause of a busy machine looks like a
 * wait for the network and never the other way round.
 */
export function typical(entry: Entry | undefined, measure: Measure): number | undefined {
  const isTurns = measure === 'turns' || measure === 'turnsAfterLogin'
  return entry?.figures?.[measure]?.[isTurns ? 1 : 0]
}

/** The results at one point of a scenario; undefined where it was not measured. */
export function pointOf(results: Results, name: ScenarioName, at: number): PointResult | undefined {
  return results.scenarios[name]?.points.find((point) => point.at === at)
}

/** A tool's figure at one point; undefined where it was not measured. */
export function figure(
  results: Results,
  name: ScenarioName,
  at: number,
  tool: string,
  measure: Measure = 'seconds',
): number | undefined {
  return typical(pointOf(results, name, at)?.tools[tool], measure)
}
