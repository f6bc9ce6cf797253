/** How long something has lasted, roughly: `12 s`, `2 min`, `3 h`, `2 d`. */
export function roughly(seconds: number): string {
  if (Number.isNaN(seconds)) return 'some time'
  if (seconds < 100) return `${Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`
}

/** `2026-01-31 10:00 UTC`, of seconds since 1970. */
export function pointInTime(epoch: number): string {
  const date = new Date(epoch * 1000)
  // What stands on a host may be anything.
  if (Number.isNaN(date.getTime())) return 'an unknown time'
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
