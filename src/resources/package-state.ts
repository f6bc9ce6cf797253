import { inBatch } from '../core/batch.ts'
import { type Script, sh } from '../core/shell.ts'
import { packageBatch } from './package-batch.ts'

/** A package as a task names it: `curl`, `curl:arm64`, `curl=7.88*`, `curl/bookworm-backports`. */
export interface PackageRequest {
  /** As written: what apt-get is given. */
  readonly text: string
  readonly name: string
  readonly arch: string | undefined
  /** Exact, or with `*` for any text. */
  readonly version: string | undefined
  readonly release: string | undefined
}

export interface InstalledPackage {
  readonly name: string
  readonly arch: string
  readonly version: string
  readonly isHeld: boolean
}

/** What dpkg says about the packages asked for. */
export interface PackageState {
  readonly hasDpkg: boolean
  readonly installed: readonly InstalledPackage[]
  /** Removed, but their configuration is still there. */
  readonly configured: ReadonlySet<string>
  /** Neither installed nor removed: an installation or a removal was cut, or failed. */
  readonly half: ReadonlySet<string>
  /** Names that something installed provides. */
  readonly provided: ReadonlySet<string>
  /** A run of dpkg was cut, and its journal waits to be worked off. */
  readonly isInterrupted: boolean
  /** A run of ours was cut, and services cannot start until its policy-rc.d is gone. */
  readonly hasOldPolicy: boolean
}

export const PACKAGE_PATTERN = /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?([=/][A-Za-z0-9.+~:*-]+)?$/

/** @param text as apt-get takes it: `name`, `name:arch`, `name=version`, `name/release`. */
export function parseRequest(text: string): PackageRequest {
  const [, name = text, arch, sign, qualifier] = /^([^:=/]+)(?::([^=/]+))?(?:([=/])(.+))?$/.exec(text) ?? []
  return {
    text,
    name,
    arch,
    version: sign === '=' ? qualifier : undefined,
    release: sign === '/' ? qualifier : undefined,
  }
}

/** The second line of the policy-rc.d that `install` of apt.ts writes. */
export const POLICY_MARK = '# By provision, while packages are installed: what did not run before does not start yet.'

/**
 * Asks dpkg about all names at once. One fork, and two more where a name is not installed:
 * it may be a virtual one, which only the `Provides` of installed packages answer.
 */
export function readPackages(names: readonly string[]): Script {
  const read = ask(names)
  // With an architecture, dpkg-query(1) alone knows which of the lines belong to a name.
  return names.some((name) => name.includes(':')) ? read : inBatch(read, states, names)
}

const states = packageBatch(ask)

function ask(names: readonly string[]): Script {
  return sh`
if ! command -v dpkg-query >/dev/null; then
  echo no dpkg
else
  for file in /var/lib/dpkg/updates/[0-9]*; do [ ! -e "$file" ] || echo interrupted; done
  if [ -f /usr/sbin/policy-rc.d ]; then
    { read -r _; read -r line; } </usr/sbin/policy-rc.d
    [ "$line" != ${POLICY_MARK} ] || echo old policy
  fi
  tab='	'
  set -- ${names}
  found=$(dpkg-query -W -f 'package\t\${db:Status-Abbrev}\t\${Package}\t\${Architecture}\t\${Version}\n' -- "$@" 2>/dev/null || [ $? -eq 1 ]) &&
  printf '%s\n' "$found" &&
  for name do
    case $found in
      *"package$tab"?i?"$tab$name$tab"*) ;;
      *)
        dpkg-query -W -f 'provides\t\${db:Status-Abbrev}\t\${Provides}\n' | grep -wF ${names.flatMap((name) => ['-e', name])} || [ $? -eq 1 ]
        break
        ;;
    esac
  done
fi`
}

export function parsePackages(answer: string): PackageState {
  const rows = answer.split('\n').map((line) => line.split('\t'))
  const packages = rows.filter(([kind]) => kind === 'package')
  return {
    hasDpkg: answer !== 'no dpkg\n',
    installed: packages
      .filter(([, status]) => status?.[1] === 'i')
      .map(([, status = '', name = '', arch = '', version = '']) => ({
        name,
        arch,
        version,
        isHeld: status[0] === 'h',
      })),
    configured: new Set(packages.filter(([, status]) => status?.[1] === 'c').map(([, , name = '']) => name)),
    half: new Set(packages.filter(([, status]) => /^.[HUF]/.test(status ?? '')).map(([, , name = '']) => name)),
    provided: new Set(
      rows
        .filter(([kind, status]) => kind === 'provides' && status?.[1] === 'i')
        .flatMap(([, , list = '']) => list.split(',').map((entry) => entry.trim().replace(/[ :(].*$/, ''))),
    ),
    isInterrupted: rows.some(([kind]) => kind === 'interrupted'),
    hasOldPolicy: rows.some(([kind]) => kind === 'old policy'),
  }
}

/** The installed package that a request is about. */
export function findInstalled(state: PackageState, { name, arch }: PackageRequest): InstalledPackage | undefined {
  return state.installed.find((found) => found.name === name && (!arch || found.arch === arch || found.arch === 'all'))
}

/** Whether what is installed answers the request; newer versions are not looked for. */
export function isSatisfied(state: PackageState, request: PackageRequest): boolean {
  const found = findInstalled(state, request)
  if (!found) return !request.version && !request.release && state.provided.has(request.name)
  return request.version === undefined || matches(found.version, request.version)
}

function matches(version: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(version)
}
