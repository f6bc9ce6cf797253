import { createReporter } from '../../report/create-reporter.ts'
import { ExitCode } from '../exit-code.ts'
import type { HostFlags, RunFlags } from '../options.ts'
import { reporterOptions } from '../output.ts'
import { judgeSeal, readPlan } from './open.ts'
import { farewell, origin } from './words.ts'

/** `provision show PLAN`: what the check printed, once more. Whoever gets the file may look at it; nothing is contacted. */
export async function showPlan(path: string, flags: RunFlags | HostFlags): Promise<number> {
  const plan = readPlan(path)
  const { output, ...others } = flags
  // Nothing goes on that could be followed live.
  const kind = output === 'auto' || output === 'live' ? 'plain' : output
  const [, options] = reporterOptions({ ...others, output: kind }, [], true)
  const reporter = createReporter(kind, { ...options, command: plan.command })
  for (const { fingerprint: _, ...event } of plan.events.map((event) => ({ fingerprint: undefined, ...event }))) {
    reporter.event(event)
  }
  await reporter.end()
  const doubts = {
    whole: [],
    changed: ['It is not as provision made it: its seal does not fit. It cannot be applied.'],
    foreign: ['Its seal cannot be proven without the key of whoever made it. It cannot be applied here.'],
  }[judgeSeal(plan)]
  const words = [...origin(path, plan), ...(doubts.length > 0 ? doubts : farewell(path, plan))]
  process.stderr.write(`${words.join('\n')}\n`)
  return ExitCode.done
}
