/** What this process has computed so far, in milliseconds: unlike the time on the wall it does not grow where others compute. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
