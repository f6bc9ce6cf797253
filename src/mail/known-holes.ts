import { compareVersions } from './chasquid-version.ts'

/** A hole or a fault that receivers and users notice, and the versions that have it. */
interface Hole {
  readonly program: 'chasquid' | 'acme.sh'
  /** The first version without it. */
  readonly mended: string
  /** Earlier branches that have the repair, too. */
  readonly alsoIn?: readonly string[]
  readonly what: string
}

/** chasquid's docs/relnotes.md, and the CVE lists. The newest first. */
const HOLES: readonly Hole[] = [
  { program: 'chasquid', mended: '1.19', what: 'anybody can crash it, or keep its processor busy' },
  {
    program: 'chasquid',
    mended: '1.15.1',
    what: 'outlook.com cannot deliver to it: TLS session tickets break its STARTTLS',
  },
  {
    program: 'chasquid',
    mended: '1.13',
    alsoIn: ['1.11.1'],
    what: 'SMTP smuggling: forged mail gets through (CVE-2023-52354)',
  },
  { program: 'acme.sh', mended: '3.0.6', what: 'a certificate authority can run commands as root (CVE-2023-38198)' },
]

/** What is known to be wrong with a version of a program; nothing where nothing is known. */
export function knownHoles(program: Hole['program'], version: string): readonly string[] {
  return HOLES.filter(
    (hole) =>
      hole.program === program &&
      compareVersions(version, hole.mended) < 0 &&
      !hole.alsoIn?.some((other) => compareVersions(version, other) >= 0 && sameBranch(version, other)),
  ).map(({ what, mended }) => `${what}; mended in ${mended}`)
}

function sameBranch(a: string, b: string): boolean {
  return a.split('.').slice(0, 2).join('.') === b.split('.').slice(0, 2).join('.')
}
