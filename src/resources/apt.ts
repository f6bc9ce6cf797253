import { ControllerFile } from '../core/controller-file.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'
import { POLICY_MARK } from './package-state.ts'

/** A package file, and who fetches it; the host checks it in any case. */
export interface PackageFile {
  readonly name: string
  readonly version: string
  /** http, https or file; or an absolute path. */
  readonly url: string
  readonly from: 'host' | 'controller'
  /** Hexadecimal, of the whole file. */
  readonly sha256: string
}

export interface AptOptions {
  /** Seconds to wait for another apt or dpkg. */
  readonly lockTimeout: number
}

export interface InstallOptions extends AptOptions {
  /** What apt-get installs by name. */
  readonly packages: readonly string[]
  readonly files: readonly PackageFile[]
  /** Age in seconds from which the package lists are fetched again first. */
  readonly listsAge: number
  readonly recommends: boolean
  readonly startServices: boolean
  /** The wanted version may be older, or the package on hold. */
  readonly force: boolean
}

/** One apt transaction for all packages and package files; nothing of it stays behind but the packages. */
export function install(options: InstallOptions): Script {
  const { packages, files, listsAge, recommends, startServices, force } = options
  const flags = [
    ...['-o', `APT::Install-Recommends=${recommends}`],
    ...(force ? ['--allow-downgrades', '--allow-change-held-packages'] : []),
  ]
  const wanted = files.length > 0 ? sh`${packages} "$directory"/*.deb` : sh`${packages}`
  return subshell([
    ...(files.length > 0 ? [fetchFiles(files)] : []),
    waitForLocks(options),
    // Lists that are there may still not know the package: a new source, or a mirror that has moved on.
    sh`if [ "$(${readListsAge(listsAge)})" = old ] ||
  ! apt-get -s -qq ${flags} install ${wanted} >/dev/null 2>&1; then
  apt-get -qq update || echo 'apt-get update failed: going on with the lists that are there' >&2
fi`,
    ...(startServices ? [] : [denyStarts()]),
    findBroken,
    sh`apt-get -q -y ${aptOptions(options)} ${flags} \${broken:+--reinstall} install ${wanted} $broken`,
  ])
}

// A package whose unpacking was cut: apt takes it for installed, and dpkg wants it unpacked again before anything else.
const findBroken = sh`broken=$(dpkg-query -W -f '\${db:Status-Eflag} \${binary:Package}\n' | sed -n 's/^reinstreq //p')`

/** `fresh` where the package lists were fetched less than so many seconds ago: every fetch uses this directory. */
export function readListsAge(seconds: number): Script {
  const minutes = `-${Math.ceil(seconds / 60)}`
  return sh`if [ -n "$(find /var/lib/apt/lists/partial -maxdepth 0 -mmin ${minutes} 2>/dev/null)" ]; then echo fresh; else echo old; fi`
}

/** @param purge its configuration goes too. */
export function remove(packages: readonly string[], purge: boolean, options: AptOptions): Script {
  return subshell([
    waitForLocks(options),
    sh`apt-get -q -y ${aptOptions(options)} ${purge ? 'purge' : 'remove'} ${packages}`,
  ])
}

/** Works off the journal of a dpkg that was cut. */
export function finishInterrupted(options: AptOptions): Script {
  return subshell([
    waitForLocks(options),
    sh`dpkg --force-confold --configure -a`,
    findBroken,
    // What no source has any more is left to the task that brings its file.
    sh`for package in $broken; do apt-get -q -y ${aptOptions(options)} --reinstall install "$package" || :; done`,
  ])
}

/** Takes our policy-rc.d away, and puts the one that was there before back. */
export const restorePolicy = sh`rm -f /usr/sbin/policy-rc.d
[ ! -e /usr/sbin/policy-rc.d.provision ] || mv -f /usr/sbin/policy-rc.d.provision /usr/sbin/policy-rc.d`

function aptOptions({ lockTimeout }: AptOptions): string[] {
  return ['-o', `DPkg::Lock::Timeout=${lockTimeout}`, '-o', 'Dpkg::Use-Pty=0', '-o', 'Dpkg::Options::=--force-confold']
}

// Traps and "exit" of these scripts must end with the change, not with the session.
function subshell(scripts: readonly Script[]): Script {
  return sh`(
trap 'exit 143' TERM INT HUP
trap 'rm -rf "$directory"; [ -z "$denied" ] || restore_policy' EXIT
directory='' denied=''
restore_policy() {
${restorePolicy}
}
${joinScripts(
  scripts.map(
    (script) => sh`{
${script}
} || exit`,
  ),
)}
)`
}

// apt names the holder of dpkg's lock only when it gives up, and does not wait for the lists' lock at all.
function waitForLocks({ lockTimeout }: AptOptions): Script {
  return sh`left=${Math.ceil(lockTimeout)} said=''
for lock in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock; do
  inode=$(stat -c %i -- "$lock" 2>/dev/null) || continue
  while
    holder=''
    while read -r _ _ _ _ process place _; do
      case $place in *:"$inode")
          # Another file system may have the same number for another file.
          case $(ls -l /proc/"$process"/fd 2>/dev/null) in *" $lock"*) holder=$process && break ;; esac
          ;; esac
    done </proc/locks
    [ -n "$holder" ]
  do
    read -r name 2>/dev/null </proc/"$holder"/comm || name='another program'
    [ "$left" -gt 0 ] || { echo "$name (process $holder) still holds $lock" >&2 && exit 100; }
    [ "$said" = "$lock" ] || echo "waiting for $name (process $holder), which holds $lock" >&2
    said=$lock left=$((left - 1))
    sleep 1
  done
done`
}

// Checked before anything reads it: a package runs its scripts as root.
function fetchFiles(files: readonly PackageFile[]): Script {
  return joinScripts([
    sh`directory=/var/cache/apt/provision && rm -rf -- "$directory" && mkdir -p -- "$directory" || exit`,
    ...files.map((file) => {
      const { name, url, sha256, from } = file
      return sh`file=$directory/${`${name}.deb`}
${fetchFile(file)} || { echo ${from === 'host' ? `cannot fetch ${url}` : `cannot write what came from ${url}`} >&2 && exit 1; }
sum=$(sha256sum <"$file") && [ "\${sum%% *}" = ${sha256.toLowerCase()} ] || {
  echo ${`refused: ${url} is not the file that was meant: its sha256 is`} "\${sum%% *}," ${`wanted ${sha256}`} >&2
  exit 1
}`
    }),
  ])
}

function fetchFile({ url, sha256, from }: PackageFile): Script {
  if (from === 'controller') return sh`printf %s ${new ControllerFile(url, sha256.toLowerCase())} | base64 -d >"$file"`
  const local = url.startsWith('/') ? url : url.startsWith('file://') ? url.slice('file://'.length) : undefined
  if (local) return sh`cp -- ${local} "$file"`
  return sh`{ if command -v curl >/dev/null; then curl -fsSL --retry 3 --connect-timeout 20 -o "$file" -- ${url}
else /usr/lib/apt/apt-helper -q download-file ${url} "$file"; fi; }`
}

// invoke-rc.d(8) and deb-systemd-invoke(1) ask policy-rc.d: 101 forbids, 0 allows. What ran before may be restarted by an upgrade.
function denyStarts(): Script {
  return sh`denied=1
running=$(systemctl list-units --plain --no-legend --state=active --type=service,socket,timer,path 2>/dev/null | sed 's/ .*//' | tr '\n' ' ')
if [ -e /usr/sbin/policy-rc.d ] && [ ! -e /usr/sbin/policy-rc.d.provision ]; then
  mv /usr/sbin/policy-rc.d /usr/sbin/policy-rc.d.provision
fi
{
  printf '#!/bin/sh\n%s\nrunning=" %s "\n' ${POLICY_MARK} "$running"
  cat <<'EOF'
while [ "\${1#-}" != "$1" ]; do shift; done
[ "$2" != stop ] || exit 0
case $running in *" $1 "* | *" $1.service "*) exit 0 ;; esac
exit 101
EOF
} >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d`
}
