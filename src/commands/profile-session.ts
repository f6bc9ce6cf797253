import type { Phase } from '../core/profile.ts'
import type { Session } from '../core/session.ts'

/** Hears that something took from `start` until now. */
export type Took = (phase: Phase, name: string, start: number) => void

/** A session that tells how long each of its answers took. */
export function timedSession(session: Session, took: Took): Session {
  // A shell answers in order: whatever was asked meanwhile is waited for from then on.
  let free = 0
  let lockedSince: number | undefined
  const timed = async <T>(phase: Phase, name: string, act: () => Promise<T>): Promise<T> => {
    const asked = performance.now()
    try {
      return await act()
    } finally {
      took(phase, name, Math.max(asked, free))
      free = performance.now()
    }
  }
  return {
    survey: (questions) => timed('survey', 'survey', () => session.survey(questions)),
    adopt: (...args) => session.adopt(...args),
    stream: (steps, onFrame) => timed('stream', 'stream', () => session.stream(steps, onFrame)),
    lock: async (...args) => {
      const asked = performance.now()
      const result = await session.lock(...args)
      if (!result.held) lockedSince ??= asked
      else if (lockedSince !== undefined) {
        took('lock', 'another run', lockedSince)
        lockedSince = undefined
      }
      return result
    },
    waits: (...args) => session.waits(...args),
    confirm: () => timed('stream', 'confirm', () => session.confirm()),
    record: (...args) => session.record(...args),
    note: (...args) => session.note(...args),
    stop: () => session.stop(),
    kill: () => session.kill(),
    close: () => session.close(),
  }
}
