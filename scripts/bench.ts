import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { closeAccounts } from '../bench/account.ts'
import { installTools, thisCommit, thisMachine } from '../bench/machine.ts'
import { type Contestant, type PointResult, readResults, type ScenarioResult, writeResults } from '../bench/results.ts'
import { runScenario } from '../bench/run.ts'
import { type ScenarioName, scenarioNames } from '../bench/scenarios.ts'
import { openStage } from '../bench/stage.ts'
import { tools } from '../bench/tools/index.ts'

// `npm run bench`: all tools, all scenarios; writes bench/results.json and the page that is made from it.
// -- --only NAME,…: these scenarios; the others keep their figures.
// -- --tools NAME,…: these tools, --quick: small points and one round. Both print and write nothing.

const root = join(import.meta.dirname, '..')
const began = performance.now()

function say(line: string): void {
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}`)
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, tools: { type: 'string' }, quick: { type: 'boolean', default: false } },
})
const chosen = choose('scenario', scenarioNames, values.only)
const asked = choose(
  'tool',
  tools.map(({ name }) => name),
  values.tools,
).map((name) => tools.find((tool) => tool.name === name)!)
const isKept = !values.quick && values.tools === undefined

if (run('npm', 'run', '--silent', 'build') !== 0) throw new Error('the program cannot be built')
await installTools(asked, say)
const contestants: Contestant[] = []
for (const tool of asked) {
  const { name, title } = tool
  const version = (await tool.version()) ?? null
  contestants.push({ name, title, version })
  say(`${name}  ${version ?? 'cannot be had here'}`)
}
const present = asked.filter((_, index) => contestants[index]?.version !== null)

const stage = await openStage(say)
let interruption: Promise<never> | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interruption ??= interrupted()
  })
}
try {
  const measured: Partial<Record<ScenarioName, readonly PointResult[]>> = {}
  for (const name of chosen) {
    const found = await runScenario(name, stage, present, { quick: values.quick, measured, say })
    measured[name] = found.points
    if (isKept)
      await keep(name, { measured: new Date().toISOString().slice(0, 10), commit: await thisCommit(), ...found })
  }
} finally {
  await interruption
  await stage.close()
}
if (isKept) process.exitCode = run('npx', 'tsx', 'scripts/docs.ts')
say('done')

/** At once: what was measured is there even if a later scenario fails. */
async function keep(name: string, result: ScenarioResult): Promise<void> {
  const before = readResults()
  writeResults({ machine: thisMachine(), contestants, scenarios: { ...before?.scenarios, [name]: result } })
}

async function interrupted(): Promise<never> {
  await closeAccounts()
  await stage.takeDown()
  process.exit(130)
}

function choose<Name extends string>(what: string, all: readonly Name[], words: string | undefined): readonly Name[] {
  if (words === undefined) return all
  return words.split(',').map((word) => {
    const found = all.find((name) => name === word)
    if (found === undefined) throw new Error(`no ${what} ${word}: there is ${all.join(', ')}`)
    return found
  })
}

function run(...[command, ...args]: readonly [string, ...string[]]): number {
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status ?? 1
}
