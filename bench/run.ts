/**
 * From a scenario's name to its figures.
 */
import { agreement } from './agreement.ts'
import { type Contest, contest } from './contest.ts'
import { stateScript } from './equal.ts'
import { installTools } from './machine.ts'
import { lastLines } from './measure.ts'
import { renderingShare } from './rendering.ts'
import type { Figures, PointResult, ScenarioResult } from './results.ts'
import { longestSeconds, type ScenarioName, scenarios, usualRoundTrip, usualTasks } from './scenarios.ts'
import { siteFacts } from './site/equal.ts'
import { resetSite, siteTools } from './site/index.ts'
import { hostName, type Stage } from './stage.ts'
import { openSwarm } from './swarm.ts'
import type { Tool } from './types.ts'
import { wanted } from './wanted.ts'

/** What a scenario decides about a point; the rest is the same for all. */
type Rules = Omit<Contest, 'excluded' | 'isLate' | 'onRun'> & {
  /** Who takes part, where these are not the usual tools. */
  readonly tools?: readonly Tool[]
}

export interface RunOptions {
  /** Only the first points, one round each: whether everything works. */
  readonly quick: boolean
  /** What was measured in this run of the benchmark already. */
  readonly measured: Readonly<Partial<Record<ScenarioName, readonly PointResult[]>>>
  /** Hears a line about everything that takes time. */
  say(line: string): void
}

/** Points of a quick run. */
const QUICK_POINTS = 2

/** Lets the tools run at all points of a scenario. */
export async function runScenario(
  name: ScenarioName,
  stage: Stage,
  tools: readonly Tool[],
  { quick, measured, say }: RunOptions,
): Promise<Pick<ScenarioResult, 'points' | 'renderingShare'>> {
  const points = quick ? scenarios[name].points.slice(0, QUICK_POINTS) : scenarios[name].points
  const rulesAt = await prepareScenario[name](stage, points, say)
  const results: PointResult[] = []
  const began = performance.now()
  const seconds = 60 * scenarios[name].minutes
  const left = (share = 1): number => seconds * share - (performance.now() - began) / 1000
  for (const [index, at] of points.entries()) {
    const same = name === 'distance' && at === usualRoundTrip ? pointAt(measured.tasks, usualTasks) : undefined
    if (same) {
      results.push({ at, tools: same.tools })
      continue
    }
    const rules = rulesAt(at)
    // The fastest first: if time runs out, it is for the slowest.
    const order = contestantsOf(rules, tools).toSorted(
      (a, b) => expectedOf(a, results, at) - expectedOf(b, results, at),
    )
    const entries = await contest(stage, order, {
      ...rules,
      ...(quick ? { rounds: 1 } : {}),
      // The later points take longer: the earlier ones must not use up their share.
      isLate: () => left((index + 1) / points.length / 2) < 0,
      excluded: (tool) => excludedFromKept(tool, rules) ?? tooSlow(tool, results, at, left()),
      onRun(tool, { figures, status, output }) {
        say(`${name} ${at}  ${tool.name}  ${words(figures)}`)
        if (status !== 0) say(lastLines(output))
      },
    })
    for (const [tool, { leftOut }] of Object.entries(entries)) {
      if (leftOut !== undefined) say(`${name} ${at}  ${tool}  left out: ${leftOut}`)
    }
    results.push({ at, tools: entries })
  }
  return { points: results, ...(await shareOfRendering(name, stage, tools, rulesAt(points.at(-1) ?? 0))) }
}

function pointAt(points: readonly PointResult[] | undefined, at: number): PointResult | undefined {
  return points?.find((point) => point.at === at)
}

/** Only for many hosts: one host's templates are nothing beside its connection. */
async function shareOfRendering(
  name: ScenarioName,
  stage: Stage,
  tools: readonly Tool[],
  { wanted, targets }: Rules,
): Promise<Pick<ScenarioResult, 'renderingShare'>> {
  const provision = tools.find((tool) => tool.name === 'provision')
  if (name !== 'hosts' || !provision) return {}
  const share = await renderingShare(stage, provision, wanted, targets)
  return share === undefined ? {} : { renderingShare: share }
}

const unchanged = { unchanged: true } as const

/** What each tool needs to be told to keep its connection for the next run. */
const keeping: Readonly<Record<string, readonly string[]>> = {
  provision: ['--persist', '10m'],
  ansible: [],
  'ansible-pipelining': [],
}

/** These keep nothing, and are what the others are compared with. */
const references = ['floor', 'script']

type Prepare = (stage: Stage, points: readonly number[], say: (line: string) => void) => Promise<(at: number) => Rules>

const prepareScenario: Readonly<Record<ScenarioName, Prepare>> = {
  tasks: async (stage) => (at) => ({
    ...unchanged,
    wanted: wanted(at),
    targets: [stage.far],
    roundTripMilliseconds: usualRoundTrip,
  }),
  distance: async (stage) => (at) => ({
    ...unchanged,
    wanted: wanted(usualTasks),
    targets: [at === 0 ? stage.straight : stage.far],
    roundTripMilliseconds: at,
  }),
  kept: async (stage) => (at) => ({
    ...unchanged,
    kept: keeping,
    wanted: wanted(usualTasks),
    targets: [stage.far],
    roundTripMilliseconds: at,
  }),
  'first-run': async (stage, _, say) => (at) => {
    const list = wanted(at)
    const input = stateScript(list)
    const look = async () => (await stage.lab.demand(hostName, ['sh', '-s'], { input })).split('\n')
    return {
      unchanged: false,
      wanted: list,
      targets: [stage.far],
      roundTripMilliseconds: usualRoundTrip,
      rounds: 3,
      before: () => stage.renew(),
      after: agreement(look, say),
    }
  },
  'site-first': async (stage, _, say) => {
    const tools = await siteTools(stage.lab, hostName)
    await installTools(tools, say)
    return (at) => ({
      unchanged: false,
      wanted: [],
      tools,
      targets: [stage.straight],
      roundTripMilliseconds: at,
      rounds: 3,
      before: () => freshSite(stage),
      after: agreement(() => siteFacts(stage.lab, hostName), say),
    })
  },
  'site-again': async (stage, _, say) => {
    const tools = await siteTools(stage.lab, hostName)
    await installTools(tools, say)
    const begin = (): Promise<void> => freshSite(stage)
    return (at) => ({ ...unchanged, wanted: [], tools, targets: [stage.straight], roundTripMilliseconds: at, begin })
  },
  hosts: async (stage, points, say) => {
    const swarm = await openSwarm(stage, Math.max(...points), say)
    return (at) => ({
      ...unchanged,
      wanted: wanted(usualTasks, 'files'),
      targets: swarm.slice(0, at),
      roundTripMilliseconds: 0,
    })
  },
}

/** A new host, and DNS as it is ahead of its first day. */
async function freshSite(stage: Stage): Promise<void> {
  await stage.renew()
  await resetSite(stage.lab, hostName)
}

/** The scenario's own ways to use a tool, of the tools that were chosen and can be had. */
function contestantsOf({ tools: own }: Rules, tools: readonly Tool[]): readonly Tool[] {
  return own ? own.filter(({ name }) => tools.some((tool) => tool.name === name)) : tools
}

function excludedFromKept({ name }: Tool, { kept }: Rules): string | undefined {
  if (!kept || kept[name] || references.includes(name)) return undefined
  return 'it keeps no connection between runs'
}

/** Why a tool need not be tried: along the line through its last two points it would take too long. */
function tooSlow(tool: Tool, points: readonly PointResult[], at: number, left: number): string | undefined {
  const seconds = expectedOf(tool, points, at)
  const isFast = seconds < 10
  if (isFast || seconds < Math.min(longestSeconds, left)) return undefined
  return `by its smaller points it would take ${Math.round(seconds)} s`
}

/** How long a tool will take, in seconds; 0 where nothing is known yet. */
function expectedOf({ name }: Tool, points: readonly PointResult[], at: number): number {
  const known = points.flatMap((point) => {
    const seconds = point.tools[name]?.figures?.seconds?.[0]
    return seconds === undefined ? [] : [{ at: point.at, seconds }]
  })
  return expected(known, at)
}

/** What the last two points on a line let expect. One alone says little, so it excludes nobody. */
export function expected(known: readonly { readonly at: number; readonly seconds: number }[], at: number): number {
  const last = known.at(-1)
  if (!last) return 0
  const previous = known.at(-2)
  if (!previous) return last.seconds
  return last.seconds + ((last.seconds - previous.seconds) / (last.at - previous.at)) * (at - last.at)
}

function words({ seconds = 0, cpuSeconds = 0, memoryBytes = 0, turns, forks }: Figures): string {
  const more = [turns === undefined ? '' : `, ${turns} turns`, forks === undefined ? '' : `, ${forks} forks`]
  return `${seconds.toFixed(2)} s, CPU ${cpuSeconds.toFixed(2)} s, ${Math.round(memoryBytes / 2 ** 20)} MB${more.join('')}`
}
