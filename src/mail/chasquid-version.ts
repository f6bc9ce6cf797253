/** Since when chasquid can do what our resources ask of it (its docs/relnotes.md), and how to say it. */
const FEATURES = {
  catchAll: { since: '1.10', name: 'alias "*"' },
  receiveOnly: { since: '1.13', name: 'users who only receive' },
  dkim: { since: '1.14', name: 'DKIM signatures' },
  via: { since: '1.16', name: 'aliases with "via"' },
  starDestination: { since: '1.16', name: 'aliases to "*"' },
} as const

export type Feature = keyof typeof FEATURES

/** The version in the answer of `chasquid -version`, such as `chasquid 1.15.0-1+b4 (source date: …)`; nothing where there is none. */
export function parseChasquidVersion(answer: string): string | undefined {
  return /^chasquid v?(\d+(?:\.\d+)*)/.exec(answer)?.[1]
}

/** Why this version cannot do it; nothing when it can. */
export function lacks(version: string, feature: Feature): string | undefined {
  const { since, name } = FEATURES[feature]
  return compareVersions(version, since) >= 0
    ? undefined
    : `chasquid ${version} has no ${name}: ${since} or newer is needed`
}

/** Below zero, zero or above, part by part as numbers. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number)
  const right = b.split('.').map(Number)
  for (let part = 0; part < Math.max(left.length, right.length); part++) {
    const difference = (left[part] ?? 0) - (right[part] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
