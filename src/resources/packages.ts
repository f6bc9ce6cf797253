import * as z from 'zod'
import { type Change, change, impossible, type Plan, resource } from '../core/resource.ts'
import { type Script, sh } from '../core/shell.ts'
import { finishInterrupted, install, type PackageFile, readListsAge, remove, restorePolicy } from './apt.ts'
import {
  findInstalled,
  isSatisfied,
  PACKAGE_PATTERN,
  type PackageRequest,
  type PackageState,
  parsePackages,
  parseRequest,
  readPackages,
} from './package-state.ts'
import { duration, fetchFrom, line, oneOrMore } from './params.ts'

const packageFile = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9+.-]+$/, 'must be the name of a package')
    .describe('Name of the package inside.'),
  version: line().describe('Version of the package inside: nothing is fetched where it is installed already.'),
  url: z
    .string()
    .regex(/^(https?:\/\/|file:\/\/\/|\/)\S+$/, 'must be an http, https or file URL, or an absolute path')
    .describe('Where the file is: http, https or file URL, or an absolute path, of whoever fetches it.'),
  sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits')
    .describe('Its sha256; a file with another one is never opened.'),
  fetch_from: fetchFrom(),
})

const params = () =>
  z
    .strictObject({
      names: oneOrMore(
        z.string().regex(PACKAGE_PATTERN, 'must be such as curl, curl=7.88*, curl/bookworm-backports, curl:arm64'),
      )
        .describe(
          'The packages: `name`, `name:architecture`, `name=version` (`*` for any text), `name/release`. A virtual package counts as there when anything provides it.',
        )
        .optional(),
      deb: oneOrMore(packageFile).describe('Package files to install, which the host checks.').optional(),
      state: z
        .enum(['present', 'latest', 'absent'])
        .describe('`latest` also upgrades to the newest version that the sources offer.')
        .default('present'),
      hold: z
        .boolean()
        .describe('Keep the packages from being upgraded by anybody else. `false` lifts that.')
        .optional(),
      purge: z
        .boolean()
        .describe('With `state: absent`: configuration and data of the packages go, too.')
        .default(false),
      update_cache: duration()
        .describe(
          'Before installing, fetch package lists that are older than this; lists that lack the package are always fetched again.',
        )
        .default(86_400),
      recommends: z.boolean().describe('Install recommended packages, too.').default(false),
      start_services: z
        .boolean()
        .describe('Let packages start their services at once, before anything configured them.')
        .default(false),
      lock_timeout: duration().describe('How long to wait for another apt or dpkg.').default(300),
    })
    .refine(({ names, deb }) => names || deb, { path: ['names'], error: 'names or deb is needed' })
    .refine(({ deb, state }) => !deb || state !== 'absent', { path: ['deb'], error: 'give names to remove packages' })

type Wanted = z.output<ReturnType<typeof params>>

export const packages = resource({
  name: 'packages',
  summary: 'Install, upgrade, hold or remove Debian packages, all in one transaction.',
  description: `Configuration files that were edited are kept. Services do not start when their package is installed, unless \`start_services\` says so:
configure first, then use the resource \`service\`. A service that is running already is restarted by an upgrade as ever.
Waits for another apt or dpkg and says which program it is.

With \`fetch_from: controller\` a host without a way to the archive gets a package file, too. A check fetches nothing. What comes over http or https is kept in \`~/.cache/provision\` (\`XDG_CACHE_HOME\`), by its checksum.`,
  examples: `
- packages: { names: [curl, openssl, ca-certificates] }
- name: A version that no release has
  packages:
    deb:
      - name: chasquid
        version: 1.19.0-1
        url: https://example.org/chasquid_1.19.0-1_amd64.deb
        sha256: b0a3a9715910771fda79ccfcb6f9fa0cec285688cdff1f934ce154519bcdf275
        fetch_from: controller
`,
  params,

  read: (wanted) => ({
    packages: readPackages(namesOf(wanted)),
    simulated: simulate(wanted),
    lists: wanted.state === 'latest' ? readListsAge(wanted.update_cache) : sh``,
  }),

  plan(wanted, now): Plan {
    const state = parsePackages(now.packages)
    if (!state.hasDpkg)
      return impossible('this host has no dpkg', 'packages manages Debian, Ubuntu and their relatives')
    const options = { lockTimeout: wanted.lock_timeout }
    return [
      ...(state.hasOldPolicy ? change('/usr/sbin/policy-rc.d', 'left by a cut run', 'restored', restorePolicy) : []),
      ...(state.isInterrupted ? change('dpkg', 'interrupted', 'finished', finishInterrupted(options)) : []),
      ...(wanted.state === 'absent'
        ? planRemoval(wanted, state)
        : planInstallation(wanted, state, now.simulated, now.lists === 'old\n')),
      ...(wanted.state === 'absent' || wanted.hold === undefined ? [] : planHold(wanted, wanted.hold, state)),
    ]
  },

  result: (wanted, now) => {
    const state = parsePackages(now.packages)
    const installed = namesOf(wanted).map((name) => findInstalled(state, parseRequest(name)))
    return { versions: Object.fromEntries(installed.flatMap((found) => (found ? [[found.name, found.version]] : []))) }
  },
})

/** A package that has to be installed, upgraded or downgraded. */
interface Missing {
  readonly name: string
  readonly from: string
  readonly to: string
}

function planInstallation(wanted: Wanted, state: PackageState, simulated: string, isOld: boolean): readonly Change[] {
  const offered = parseSimulation(simulated)
  const differing = requestsOf(wanted).filter((request) => !isSatisfied(state, request) || offered.has(request.name))
  // Where apt cannot say what it would do, the transaction itself shall fail, and show why.
  const isUnclear = differing.length === 0 && /^E: /m.test(simulated)
  const requests = isUnclear ? requestsOf(wanted) : differing
  const deb = (wanted.deb ?? []).map(({ fetch_from: from, ...file }) => ({ ...file, from }))
  const files = deb.filter((file) => versionOf(state, parseRequest(file.name)) !== file.version)
  // One transaction upgrades all: what old lists hide from the simulation comes to light only when they are fetched.
  const all = wanted.state === 'latest' ? requestsOf(wanted) : requests
  if (requests.length === 0 && files.length === 0) {
    return isOld ? change('package lists', 'old', 'fetched, packages upgraded', installation(wanted, all, [])) : []
  }
  const missing = [
    ...requests.map((request) => ({
      name: request.name,
      from: versionOf(state, request),
      to: request.version ?? offered.get(request.name) ?? (request.release ? `from ${request.release}` : 'present'),
    })),
    ...files.map(({ name, version }) => ({ name, from: versionOf(state, parseRequest(name)), to: version })),
  ]
  return [{ ...describe(missing), apply: installation(wanted, all, files) }]
}

function installation(wanted: Wanted, requests: readonly PackageRequest[], files: readonly PackageFile[]): Script {
  return install({
    packages: requests.map((request) => request.text),
    files,
    listsAge: wanted.update_cache,
    recommends: wanted.recommends,
    startServices: wanted.start_services,
    lockTimeout: wanted.lock_timeout,
    force: files.length > 0 || requests.some(({ version, release }) => version !== undefined || release !== undefined),
  })
}

function planRemoval(wanted: Wanted, state: PackageState): readonly Change[] {
  const requests = requestsOf(wanted).filter(
    (request) =>
      findInstalled(state, request) ||
      state.half.has(request.name) ||
      (wanted.purge && state.configured.has(request.name)),
  )
  if (requests.length === 0) return []
  const missing = requests.map((request) => ({
    name: request.name,
    from: findInstalled(state, request)?.version ?? (state.half.has(request.name) ? 'half removed' : 'configuration'),
    to: 'absent',
  }))
  const names = requests.map(({ text }) => text.replace(/[=/].*/, ''))
  return [{ ...describe(missing), apply: remove(names, wanted.purge, { lockTimeout: wanted.lock_timeout }) }]
}

function planHold(wanted: Wanted, hold: boolean, state: PackageState): readonly Change[] {
  const names = namesOf(wanted).filter((name) => (findInstalled(state, parseRequest(name))?.isHeld ?? false) !== hold)
  if (names.length === 0) return []
  const mark = hold ? 'hold' : 'unhold'
  return change(
    `hold on ${names.join(', ')}`,
    hold ? 'no' : 'yes',
    hold ? 'yes' : 'no',
    sh`apt-mark ${[mark, ...names]}`,
  )
}

/** One transaction is one change, however many packages it brings. */
function describe(missing: readonly Missing[]): Pick<Change, 'what' | 'from' | 'to'> {
  const what = `package${missing.length === 1 ? '' : 's'} ${missing.map(({ name }) => name).join(', ')}`
  const all = (side: 'from' | 'to') => new Set(missing.map((one) => one[side])).size === 1
  const text = (side: 'from' | 'to') =>
    all(side) ? (missing[0]?.[side] ?? '') : missing.map((one) => `${one.name} ${one[side]}`).join(', ')
  return { what, from: text('from'), to: text('to') }
}

// A simulation is slow (apt loads all lists), so only what dpkg alone cannot answer is asked this way.
// Without the two cache files, which apt would write even then: a check writes nothing.
function simulate(wanted: Wanted): Script {
  const requests = requestsOf(wanted).filter(({ release }) => release !== undefined || wanted.state === 'latest')
  if (wanted.state === 'absent' || requests.length === 0) return sh``
  const names = requests.map(({ text }) => text)
  const settings = ['APT::Install-Recommends=false', 'Dir::Cache::pkgcache=', 'Dir::Cache::srcpkgcache=']
  const options = settings.flatMap((setting) => ['-o', setting])
  return sh`apt-get -s -qq --allow-downgrades ${options} install ${names} 2>&1 | grep -E '^(Inst|E:) ' || [ $? -eq 1 ]`
}

/** The versions that apt would install, from lines such as `Inst curl [7.88.1-10] (8.14.1-2 Debian:13.1/stable [amd64])`. */
function parseSimulation(answer: string): ReadonlyMap<string, string> {
  return new Map(
    [...answer.matchAll(/^Inst (\S+?)(?::\S+)? (?:\[[^\]]*\] )?\((\S+)/gm)].map(([, name = '', to = '']) => [name, to]),
  )
}

function versionOf(state: PackageState, request: PackageRequest): string {
  return findInstalled(state, request)?.version ?? 'absent'
}

function requestsOf({ names = [] }: Wanted): readonly PackageRequest[] {
  return names.map(parseRequest)
}

/** Names as dpkg knows them, with an architecture where one was given. */
function namesOf({ names = [], deb = [] }: Wanted): readonly string[] {
  return [...new Set([...names.map((text) => text.replace(/[=/].*/, '')), ...deb.map(({ name }) => name)])]
}
