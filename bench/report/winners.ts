/**
 * Where another tool needs less than ours.
 */
import type { Measure, Results } from '../results.ts'
import { type ScenarioName, scenarioNames, scenarios } from '../scenarios.ts'
import { own } from './targets.ts'
import { measureTitles, typical, written } from './words.ts'

/** One line of the list. */
export interface Win {
  readonly scenario: ScenarioName
  readonly measure: Measure
  readonly tool: string
  /** `40 tasks: 41 MB to 84 MB`, for each point at which it wins. */
  readonly points: readonly string[]
}

const compared: readonly Measure[] = ['seconds', 'cpuSeconds', 'memoryBytes', 'bytesUp', 'bytesDown', 'turns', 'forks']

/** Every measure of every scenario in which a tool, `ssh host true` aside, has a lower figure than provision. */
export function wins(results: Results): readonly Win[] {
  return scenarioNames.flatMap((scenario) =>
    compared.flatMap((measure) =>
      toolsOf(results, scenario).flatMap((tool) => winOf(results, scenario, measure, tool)),
    ),
  )
}

function winOf(results: Results, scenario: ScenarioName, measure: Measure, tool: string): readonly Win[] {
  const { axis } = scenarios[scenario]
  const points = (results.scenarios[scenario]?.points ?? []).flatMap(({ at, tools }) => {
    const [theirs, ours] = [typical(tools[tool], measure), typical(tools.provision, measure)]
    if (theirs === undefined || ours === undefined || theirs >= ours) return []
    return [`${axisValue(axis, at)}: ${written(measure, theirs)} to ${written(measure, ours)}`]
  })
  return points.length === 0 ? [] : [{ scenario, measure, tool, points }]
}

function toolsOf(results: Results, scenario: ScenarioName): readonly string[] {
  const names = (results.scenarios[scenario]?.points ?? []).flatMap(({ tools }) => Object.keys(tools))
  return [...new Set(names)].filter((name) => name !== 'floor' && name !== 'provision')
}

/** `40 tasks`, `RTT 30 ms`, `1 host`. */
export function axisValue(axis: (typeof scenarios)[ScenarioName]['axis'], at: number): string {
  if (axis === 'RTT (ms)') return `RTT ${at} ms`
  return at === 1 ? `1 ${axis.slice(0, -1)}` : `${at} ${axis}`
}

/** As a Markdown list: an item for each tool and measure, with the scenarios in it. */
export function winList(list: readonly Win[], titleOf: (tool: string) => string): string {
  const items = new Map<string, string[]>()
  for (const { scenario, measure, tool, points } of list) {
    const item = `- **${titleOf(tool)}**, ${measureTitles[measure]}`
    const where = `${scenarios[scenario].title.toLowerCase()} (${points.join('; ')})`
    items.set(item, [...(items.get(item) ?? []), where])
  }
  return [...items].map(([item, where]) => `${item}: ${where.join(', ')}`).join('\n')
}

/** Whether a tool is one that others chose, and not a measure of ours. */
export function isPeer(tool: string): boolean {
  return !own.some((name) => name === tool)
}
