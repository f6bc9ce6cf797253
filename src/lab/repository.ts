/**
 * Folders of packages that apt can use as a source with no server and no signature.
 */
import { createHash } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { demand } from './execute.ts'
import { offeredPackages, pinnedPackages, type Release } from './release.ts'

/** The shell text, run by mmdebstrap with its apt configured, that downloads what is offered and not in the image. */
export function offeredHook(directory: string, release: Release): string {
  const packages = offeredPackages[release].join(' ')
  return `apt-get --yes -q --download-only -o Dir::Cache::Archives=${directory} install ${packages}`
}

/**
 * The shell text, run by mmdebstrap with its apt configured, that gets the pinned files. One of them is in sid: its
 * lists are kept apart, so that nothing else is ever taken from there, and the mirror is the one that the image is made
 * from. sid keeps no old versions: when it has moved on, PROVISION_LAB_PINNED names a folder with the files.
 */
export function pinnedHook(directory: string, release: string): string {
  const files = pinnedPackages.map(({ file }) => `"$PROVISION_LAB_PINNED/${file}"`)
  const wanted = (suite: string) =>
    pinnedPackages.filter((one) => one.suite === suite).map(({ name, version }) => `${name}=${version}`)
  return `set -eu; umask 022; cd ${directory}
if [ -n "\${PROVISION_LAB_PINNED:-}" ]; then
  cp ${files.join(' ')} .
else
  mkdir -p lists/partial
  sed -n 's/^deb \\(\\[[^]]*\\] \\)\\{0,1\\}\\([^ ]*\\) ${release} .*/deb \\1\\2 sid main/p' "$1/etc/apt/sources.list" > sid.list
  test -s sid.list
  apt-get -q download ${wanted(release).join(' ')}
  # sid's lists are signed for a week only, and a mirror that stands still is good enough for one pinned file.
  set -- -q -o Acquire::Check-Valid-Until=false -o Dir::State::Lists=$PWD/lists \
    -o Dir::Etc::SourceList=$PWD/sid.list -o Dir::Etc::SourceParts=/dev/null
  apt-get "$@" update
  apt-get "$@" download ${wanted('sid').join(' ')} || {
    echo "sid has no ${wanted('sid').join(' ')} any more: set PROVISION_LAB_PINNED to a folder that has the file" >&2
    exit 1
  }
  rm -rf lists sid.list
fi`
}

/** Part of the images' fingerprint: to be raised when `indexPackages` writes something else. */
export const indexFormat = 2

/**
 * Makes a folder of packages readable for apt. A folder that is not the release's own is marked as not automatic: as
 * with backports, its packages are there to be asked for but never replace what the release has.
 */
export async function indexPackages(directory: string, name: 'lab' | 'lab-pinned'): Promise<void> {
  await rm(join(directory, 'lock'), { force: true })
  await rm(join(directory, 'partial'), { force: true, recursive: true })
  // Relative, so that apt finds the files wherever the folder is mounted.
  const index = await demand(['sh', '-c', 'cd "$1" && dpkg-scanpackages --multiversion .', 'sh', directory])
  const digest = createHash('sha256').update(index).digest('hex')
  const release = [
    `Origin: ${name}`,
    `Label: ${name}`,
    `Suite: ${name}`,
    `Date: ${new Date().toUTCString()}`,
    ...(name === 'lab' ? [] : ['NotAutomatic: yes', 'ButAutomaticUpgrades: no']),
    'SHA256:',
    ` ${digest} ${Buffer.byteLength(index)} Packages`,
    '',
  ]
  await writeFile(join(directory, 'Packages'), index)
  await writeFile(join(directory, 'Release'), release.join('\n'))
}
