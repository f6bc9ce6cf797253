/**
 * Whether one of the patterns stands for a host name: the name itself, or `*` for exactly one label at its left end, as
 * in certificates (RFC 9525 section 6.3) and policies of MTA-STS (RFC 8461 section 4.1). Letter case does not count.
 */
export function coversName(patterns: readonly string[], name: string): boolean {
  const host = normal(name)
  const parent = host.slice(host.indexOf('.') + 1)
  return patterns.map(normal).some((pattern) => pattern === host || (pattern === `*.${parent}` && host.includes('.')))
}

function normal(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
