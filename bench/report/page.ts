/**
 * docs/performance.md and its plots, from results.json and nothing else.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GENERATED, table } from '../../src/commands/reference/table.ts'
import {
  type Contestant,
  type Entry,
  type Measure,
  type Results,
  readResults,
  type ScenarioResult,
} from '../results.ts'
import { type ScenarioName, scenarioNames, scenarios } from '../scenarios.ts'
import { bars } from './bars.ts'
import { lines } from './lines.ts'
import { method } from './method.ts'
import { targets } from './targets.ts'
import { axisValue, isPeer, winList, wins } from './winners.ts'
import { seconds, times, typical, written } from './words.ts'

/** Where a scenario has several points, the one of which everything is told. */
const inDetail: Readonly<Record<ScenarioName, number>> = {
  tasks: 40,
  distance: 100,
  kept: 30,
  'first-run': 40,
  hosts: 50,
  'site-first': 0,
  'site-again': 0,
}

/** The page and its plots by their names below docs/; nothing before the first results. */
export function performancePages(): Readonly<Record<string, string>> {
  const results = readResults()
  return results ? pagesOf(results) : {}
}

/** The page and its plots by their names below docs/. */
export function pagesOf(results: Results): Readonly<Record<string, string>> {
  const measured = scenarioNames.filter((name) => results.scenarios[name])
  const plots = measured.map((name) => [plotFile(name), plot(results, name)] as const)
  return { 'performance.md': page(results, measured), ...Object.fromEntries(plots) }
}

function page(results: Results, measured: readonly ScenarioName[]): string {
  const remaining = readFileSync(join(import.meta.dirname, 'remaining.md'), 'utf8').trim()
  return `${GENERATED}
# Performance

How long it takes to bring hosts to a state, or to find that they have it, beside other tools that are told the same. Everything here is measured by \`npm run bench\`, which anyone can repeat: it makes its own hosts, and needs root on Debian and half an hour.

${measured.includes('tasks') ? `![${scenarios.tasks.title}](${plotFile('tasks')})\n` : ''}
## Targets

${targetTable(results)}

${method(results)}

## What was measured

${measured.map((name) => section(results, name)).join('\n')}
## Where another tool needs less

${winnerText(results)}

${remaining}
`
}

function targetTable(results: Results): string {
  const met = (is: boolean | undefined): string => (is === undefined ? '' : is ? 'yes' : '**no**')
  return table(
    ['case', 'target', 'measured', 'met'],
    targets(results).map(({ subject, target, measured, isMet }) => [subject, target, measured, met(isMet)]),
  )
}

function winnerText(results: Results): string {
  const list = wins(results)
  const of = (tool: string): string => titleOf(results, tool)
  const peers = list.filter(({ tool }) => isPeer(tool))
  const others = list.filter(({ tool, measure }) => !isPeer(tool) && measure === 'seconds')
  return [
    peers.length === 0 ? 'No peer does, in any of these figures.' : winList(peers, of),
    ...(others.length === 0 ? [] : ['\nAnd the hand-written script, in wall time:\n', winList(others, of)]),
  ].join('\n')
}

function section(results: Results, name: ScenarioName): string {
  const scenario = scenarios[name]
  const result = results.scenarios[name]
  if (!result) return ''
  const many = result.points.length > 1
  const detail = result.points.find(({ at }) => at === inDetail[name]) ?? result.points[0]
  return `### ${scenario.title}

${scenario.about}

![${scenario.title}](${plotFile(name)})

${many ? `${overview(results, name, result)}\n\n${axisValue(scenario.axis, detail?.at ?? 0)} in detail:\n\n` : ''}${details(results, detail?.tools ?? {})}
${leftOut(results, name, result)}
Measured on ${result.measured} at \`${result.commit}\`.
`
}

/** Wall time at each point, with the ratio to the floor at the same point. */
function overview({ contestants }: Results, name: ScenarioName, { points }: ScenarioResult): string {
  const rows = contestants.map((tool) => {
    const cells = points.map(({ tools }) => {
      const [own, floor] = [typical(tools[tool.name], 'seconds'), typical(tools.floor, 'seconds')]
      if (own === undefined) return '–'
      return floor === undefined || tool.name === 'floor' ? seconds(own) : `${seconds(own)} (${times(own / floor)})`
    })
    return [nameCell(tool), ...cells]
  })
  const measured = rows.filter(([, ...cells]) => cells.some((cell) => cell !== '–'))
  return table(['', ...points.map(({ at }) => axisValue(scenarios[name].axis, at))], measured)
}

const columns: readonly (readonly [string, Measure])[] = [
  ['CPU', 'cpuSeconds'],
  ['memory', 'memoryBytes'],
  ['sent', 'bytesUp'],
  ['received', 'bytesDown'],
  ['turns', 'turns'],
  ['after login', 'turnsAfterLogin'],
  ['forks', 'forks'],
]

/** Everything about one point. */
function details({ contestants }: Results, entries: Readonly<Record<string, Entry>>): string {
  const [floor, ours] = ['floor', 'provision'].map((name) => typical(entries[name], 'seconds'))
  const present = contestants.filter(({ name }) => entries[name]?.figures)
  const shown = columns.filter(([, measure]) =>
    present.some(({ name }) => typical(entries[name], measure) !== undefined),
  )
  const rows = present.map((tool) => {
    const entry = entries[tool.name]
    const [middle = 0, least = 0, most = 0] = entry?.figures?.seconds ?? []
    const cells = shown.map(([, measure]) => {
      const value = typical(entry, measure)
      return value === undefined ? '–' : written(measure, value)
    })
    const range = entry?.runs === 1 ? 'one run' : `${seconds(least)} to ${seconds(most)}`
    return [
      nameCell(tool),
      seconds(middle),
      range,
      floor === undefined ? '–' : times(middle / floor),
      ours === undefined ? '–' : times(middle / ours),
      ...cells,
    ]
  })
  return table(['', 'wall', 'least to most', 'of the floor', 'of provision', ...shown.map(([title]) => title)], rows)
}

function leftOut(results: Results, name: ScenarioName, { points }: ScenarioResult): string {
  const lines = points.flatMap(({ at, tools }) =>
    Object.entries(tools).flatMap(([tool, { leftOut }]) =>
      leftOut === undefined ? [] : [`- ${titleOf(results, tool)}, ${axisValue(scenarios[name].axis, at)}: ${leftOut}.`],
    ),
  )
  return lines.length === 0 ? '' : `\nLeft out:\n\n${lines.join('\n')}\n`
}

function plot(results: Results, name: ScenarioName): string {
  const { title, axis } = scenarios[name]
  const { contestants } = results
  const peers = contestants.map((tool) => tool.name).filter(isPeer)
  const points = results.scenarios[name]?.points ?? []
  const [first] = points
  if (first && points.length === 1) {
    const shown = contestants.flatMap((tool) => {
      const found = typical(first.tools[tool.name], 'seconds')
      return found === undefined ? [] : [{ tool: tool.name, title: tool.title, seconds: found }]
    })
    return bars(title, shown, peers)
  }
  const all = contestants.map((tool) => ({
    tool: tool.name,
    title: tool.title,
    values: points.flatMap(({ at, tools }) => {
      const found = typical(tools[tool.name], 'seconds')
      return found === undefined ? [] : [{ at, seconds: found }]
    }),
  }))
  return lines(
    title,
    axis,
    points.map(({ at }) => at),
    all,
    peers,
  )
}

function plotFile(name: ScenarioName): string {
  return `performance/${name}.svg`
}

function titleOf({ contestants }: Results, name: string): string {
  return contestants.find((tool) => tool.name === name)?.title ?? name
}

function nameCell({ name, title }: Contestant): string {
  return name === 'provision' ? `**${title}**` : title
}
