/**
 * One point of a scenario: all tools do the same, in turns, as often as their speed allows.
 */
import { type Account, openAccount } from './account.ts'
import type { Ran } from './measure.ts'
import { probe } from './probe.ts'
import { type Entry, type Figures, spread } from './results.ts'
import type { Stage } from './stage.ts'
import type { Command, Place, Target, Tool, Wanted } from './types.ts'

/** What is compared at one point. */
export interface Contest {
  readonly wanted: readonly Wanted[]
  readonly targets: readonly Target[]
  readonly roundTripMilliseconds: number
  /** Done ahead of a tool's first run. With it, tools have the host one after another, since they would undo each other's work. */
  readonly begin?: (tool: Tool) => Promise<void>
  /** Done ahead of every run, such as making the host anew. */
  readonly before?: () => Promise<void>
  /** Done behind every run; throws where the run did not do what was wanted. */
  readonly after?: (tool: Tool) => Promise<void>
  /** Whether a run that changes something does not count. */
  readonly unchanged: boolean
  /** By tool: what a run leaves behind (a kept connection) is there for the next one, which these arguments ask for. */
  readonly kept?: Readonly<Record<string, readonly string[]>>
  /** Rounds, where fewer than usual are enough. */
  readonly rounds?: number
  /** Whether there is no time for another round of tools that are not fast. */
  isLate(): boolean
  /** Why a tool takes no part; nothing where it does. */
  excluded(tool: Tool): string | undefined
  /** Hears of every run, whether it counts or not. */
  onRun(tool: Tool, ran: Ran): void
}

/** Five runs of a tool that needs less are never too many. */
const FAST_SECONDS = 3

/** How often a run is repeated, by its time: a fast one says little alone. */
function roundsFor(seconds: number): number {
  if (seconds < FAST_SECONDS) return 5
  return seconds < 40 ? 3 : 1
}

/** How often a tool may still change something before it is said never to come to rest. */
const ATTEMPTS = 4

interface Contender {
  readonly tool: Tool
  readonly command: Command
  readonly place: Place
  readonly runs: Figures[]
  /** Of all its runs, where what they leave behind is kept. */
  readonly account: Account | undefined
}

/** Lets all tools run, and answers an entry for each. A tool that fails is left out with its last words. */
export async function contest(stage: Stage, tools: readonly Tool[], one: Contest): Promise<Record<string, Entry>> {
  const { begin, ...rest } = one
  const entries: Record<string, Entry> = {}
  if (begin) {
    for (const tool of tools) {
      if (one.excluded(tool) === undefined) await begin(tool)
      Object.assign(entries, await contest(stage, [tool], rest))
    }
    return entries
  }
  await stage.forwarder.setRoundTrip(one.roundTripMilliseconds)
  const contenders: Contender[] = []
  for (const tool of tools) {
    try {
      contenders.push(await contenderOf(stage, one, tool))
    } catch (error) {
      entries[tool.name] = { leftOut: firstLine(error) }
    }
  }
  try {
    await rounds(stage, one, contenders, entries)
  } finally {
    for (const { account } of contenders) await account?.close()
  }
  return entries
}

async function contenderOf(stage: Stage, one: Contest, tool: Tool): Promise<Contender> {
  const place = await stage.place(one.targets)
  const command = await tool.prepare(one.wanted, place)
  const more = one.kept?.[tool.name]
  const account = more && (await openAccount())
  return { tool, place, command: { ...command, argv: [...command.argv, ...(more ?? [])] }, runs: [], account }
}

async function rounds(
  stage: Stage,
  one: Contest,
  all: readonly Contender[],
  entries: Record<string, Entry>,
): Promise<void> {
  let contenders = all
  for (let round = 0; contenders.length > 0; round++) {
    for (const contender of inTurns(contenders, round)) {
      // Only now: how much time is left depends on those before it.
      const failure = (round === 0 && one.excluded(contender.tool)) || (await oneRun(stage, one, contender))
      if (failure === undefined) continue
      entries[contender.tool.name] = { leftOut: failure }
      contenders = contenders.filter((other) => other !== contender)
    }
    for (const { tool, runs } of contenders) entries[tool.name] = spread(runs)
    contenders = contenders.filter(({ runs }) => {
      const seconds = runs[0]?.seconds ?? 0
      const isTime = seconds < FAST_SECONDS || !one.isLate()
      return isTime && round + 1 < Math.min(one.rounds ?? 5, roundsFor(seconds))
    })
  }
}

/** A run that counts, or why there is none. */
function oneRun(stage: Stage, one: Contest, contender: Contender): Promise<string | undefined> {
  return tryRuns(stage, one, contender).catch(firstLine)
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
}

async function tryRuns(stage: Stage, one: Contest, contender: Contender): Promise<string | undefined> {
  const { tool, command, place, runs, account } = contender
  // What is kept has to be there first.
  if (account && runs.length === 0) await probe(stage, command, place, account)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await one.before?.()
    const ran = await attemptOf(stage, command, place, account)
    one.onRun(tool, ran)
    if (ran.status !== 0) return `it failed with status ${ran.status}`
    if (one.unchanged && command.unchanged && !command.unchanged.test(ran.output)) continue
    await one.after?.(tool)
    runs.push(ran.figures)
    return undefined
  }
  return `it still changes something at its run ${ATTEMPTS}`
}

/** Without a kept connection, nothing that a run leaves behind helps the next. */
async function attemptOf(stage: Stage, command: Command, place: Place, kept: Account | undefined): Promise<Ran> {
  const account = kept ?? (await openAccount())
  try {
    return await probe(stage, command, place, account)
  } finally {
    if (!kept) await account.close()
  }
}

/** Another one begins in each round, so that nobody always runs behind the same neighbour. */
function inTurns(contenders: readonly Contender[], round: number): readonly Contender[] {
  const first = round % contenders.length
  return [...contenders.slice(first), ...contenders.slice(0, first)]
}
