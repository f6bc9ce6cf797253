import { setMaxListeners } from 'node:events'

/** How long to wait for each answer, and what makes all waiting end at once. */
export interface Patience {
  /** Milliseconds. */
  readonly timeout: number
  readonly signal: AbortSignal
}

/**
 * Waits for something that calls back, but no longer than patience lasts.
 *
 * @param begin gets what ends the waiting; it returns what to undo afterwards.
 * @param late what to end with when the time is over (the reason is `silent`) or nobody wants to know any more (`left`).
 */
export function wait<T>(
  { timeout, signal }: Patience,
  begin: (end: (value: T) => void) => (() => void) | undefined,
  late: (reason: 'silent' | 'left') => T,
): Promise<T> {
  if (signal.aborted) return Promise.resolve(late('left'))
  return new Promise((resolve) => {
    let isOver = false
    let undo: (() => void) | undefined
    const end = (value: T) => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      signal.removeEventListener('abort', leave)
      undo?.()
      resolve(value)
    }
    const leave = () => end(late('left'))
    const timer = setTimeout(() => end(late('silent')), timeout)
    signal.addEventListener('abort', leave)
    undo = begin(end)
    if (isOver) undo?.()
  })
}

/** Does work that has to give up after so many milliseconds, or when `signal` says so. */
export async function within<T>(
  milliseconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController()
  // One for each question that is open; that is no leak.
  setMaxListeners(0, signal, limit.signal)
  const give = () => limit.abort()
  const timer = setTimeout(give, milliseconds)
  signal.addEventListener('abort', give)
  if (signal.aborted) give()
  try {
    return await work(limit.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', give)
  }
}

/** In words: `nothing came within 5 s`. */
export function describeSilence({ timeout }: Patience, reason: 'silent' | 'left'): string {
  return reason === 'silent' ? `no answer within ${timeout / 1000} s` : 'not waited for to the end'
}
