import type { Outcome, Run } from '../engine/run.ts'
import type { Reporter } from '../report/reporter.ts'

/** How long hosts may take to confirm that everything was ended, after the second Ctrl-C. */
const GRACE_MILLISECONDS = 2000

/**
 * Waits for a run. The first Ctrl-C (or SIGTERM) lets each host finish its running item; the second ends everything
 * now, on the hosts too.
 */
export async function interruptible(run: Run, reporter: Reporter): Promise<Outcome> {
  let signals = 0
  const onSignal = (): void => {
    signals++
    if (signals === 1) {
      reporter.notice('Finishing what is running on each host. Ctrl-C again ends it now.')
      run.stop()
    } else {
      run.kill()
      setTimeout(() => void abandon(reporter, onSignal), GRACE_MILLISECONDS).unref()
    }
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    return await run.done
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

// A host that does not even let go: its shell ends when the connection does.
async function abandon(reporter: Reporter, onSignal: () => void): Promise<void> {
  await reporter.end()
  process.off('SIGINT', onSignal)
  // Nothing catches it any more: whoever waits for us learns what ended us, a shell as exit status 130.
  process.kill(process.pid, 'SIGINT')
}
