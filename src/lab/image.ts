/**
 * Base images and their package repositories: built once, kept in the cache, never changed afterwards.
 */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cached } from './cache.ts'
import { demand } from './execute.ts'
import { writeInto } from './files.ts'
import { fingerprint, imageFiles, imagePackages, imageSetup, pinnedPackages, type Release } from './release.ts'
import { indexFormat, indexPackages, offeredHook, pinnedHook } from './repository.ts'

/** What is in the cache for one release. */
export interface Image {
  release: Release
  /** The root file system that all hosts of this release start from. */
  root: string
  /** What those hosts can install. */
  packages: string
  /** The files that the program pins by version; only trixie's image has them, for both releases. */
  pinned: string
}

/** The cached image of a release, built first when it is not there. */
export async function image(release: Release, onStep: (text: string) => void = () => {}): Promise<Image> {
  const recipe = [
    options,
    imageFiles,
    imageSetup,
    pinnedPackages,
    offeredHook('', release),
    pinnedHook('', ''),
    makeRoot,
    indexFormat,
  ]
  const directory = await cached(`${release}-${fingerprint(release, recipe)}`, release, async (temporary) => {
    onStep(`Building the ${release} image`)
    await build(release, temporary)
    onStep(`The ${release} image is ready`)
  })
  return describe(release, directory)
}

function describe(release: Release, directory: string): Image {
  const at = (name: string) => join(directory, name)
  return { release, root: at('root'), packages: at('packages'), pinned: at('pinned') }
}

/**
 * Makes the root file system. In memory where there is enough: dpkg waits for the disk at every step, and for a file
 * system that is thrown away when the build is cut it need not. The mount namespace is the build's own, so whichever
 * way it ends its mounts end too.
 */
const makeRoot = `set -eu
available=$(sed -n 's/^MemAvailable: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo)
directory=$1
shift
mkdir "$directory/work"
if [ "$available" -gt 4000000 ]; then mount -t tmpfs -o size=2g,mode=755 lab "$directory/work"; fi
mmdebstrap "$@"
cp -a "$directory/files/." "$directory/work/root"
chroot "$directory/work/root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -s < "$directory/setup"
mv "$directory/work/root" "$directory/root"
`

const options = [
  '--variant=minbase',
  `--include=${imagePackages.join(',')}`,
  '--aptopt=Acquire::Languages "none"',
  '--aptopt=APT::Install-Recommends "false"',
  '--dpkgopt=force-unsafe-io',
  // Not as an option of mmdebstrap: that would filter every archive through a program of its own.
  '--extract-hook=printf "path-exclude=/usr/share/%s/*\\n" doc man > "$1/etc/dpkg/dpkg.cfg.d/lab"',
  '--skip=cleanup/apt,cleanup/reproducible',
]

async function build(release: Release, directory: string): Promise<void> {
  const { packages, pinned } = describe(release, directory)
  const files = join(directory, 'files')
  for (const folder of [packages, pinned, files]) await mkdir(folder)
  await writeInto(directory, 'setup', imageSetup)
  for (const { path, text, mode } of imageFiles) await writeInto(files, path, text, mode)
  const hooks = [offeredHook(packages, release), ...(release === 'trixie' ? [pinnedHook(pinned, release)] : [])]
  const mmdebstrap = [
    ...options,
    ...hooks.map((hook) => `--customize-hook=APT_CONFIG=$MMDEBSTRAP_APT_CONFIG; export APT_CONFIG; ${hook}`),
    release,
    join(directory, 'work/root'),
    // Without a mirror it takes the release's own, updates and security fixes included.
    ...(process.env.PROVISION_LAB_MIRROR ? [process.env.PROVISION_LAB_MIRROR] : []),
  ]
  await demand(['unshare', '--mount', 'sh', '-c', makeRoot, 'sh', directory, ...mmdebstrap])
  await indexPackages(packages, 'lab')
  if (release === 'trixie') await indexPackages(pinned, 'lab-pinned')
  for (const leftover of ['work', 'files', 'setup']) await rm(join(directory, leftover), { recursive: true })
}
