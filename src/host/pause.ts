const FIRST = 250
const LONGEST = 2000

/**
 * How long to wait after so many tries to connect that the host dropped, in milliseconds: twice as long each time, up to a
 * limit. It is cut at random, so that connections that were dropped together do not come back together.
 */
export function pauseAfter(tries: number): number {
  return Math.min(FIRST * 2 ** (tries - 1), LONGEST) * (0.3 + 0.7 * Math.random())
}
