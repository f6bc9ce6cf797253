/**
 * Base images and their package repositories: built once, kept in the cache, never changed afterwards.
 */
import { access, chmod, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { demand } from './execute.ts'
import { withLock } from './lock.ts'
import { cacheDirectory } from './places.ts'
import {
  fingerprint,
  imageFiles,
  imagePackages,
  imageSetup,
  offeredPackages,
  pinnedPackages,
  type Release,
} from './release.ts'
import { indexFormat, indexPackages, pinnedHook } from './repository.ts'
import { mounts, removeTree } from './tree.ts'

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
    imagePackages,
    imageFiles,
    imageSetup,
    offeredPackages[release],
    pinnedPackages,
    pinnedHook('', ''),
    indexFormat,
  ]
  const directory = await cached(`${release}-${fingerprint(release, recipe)}`, release, async (temporary) => {
    onStep(`Building the ${release} image`)
    await build(release, describe(release, temporary))
    onStep(`The ${release} image is ready`)
  })
  return describe(release, directory)
}

function describe(release: Release, directory: string): Image {
  const at = (name: string) => join(directory, name)
  return { release, root: at('root'), packages: at('packages'), pinned: at('pinned') }
}

/**
 * The cache folder with this name, made by `make` when it is not there. It is made under another name and renamed
 * when it is complete, so that a build that was cut never counts. Older ones of the same kind go when no lab uses them.
 */
export async function cached(name: string, kind: string, make: (temporary: string) => Promise<void>): Promise<string> {
  const cache = cacheDirectory()
  const directory = join(cache, name)
  if (await exists(directory)) return directory
  await mkdir(cache, { recursive: true })
  await withLock(join(cache, `.${kind}.lock`), async () => {
    // Somebody else may have built it while we waited.
    if (await exists(directory)) return
    await removeOld(kind)
    const temporary = join(cache, `.building-${name}`)
    await removeTree(temporary)
    await mkdir(temporary)
    await make(temporary)
    await rename(temporary, directory)
  })
  return directory
}

async function removeOld(kind: string): Promise<void> {
  const cache = cacheDirectory()
  const inUse = await mounts()
  for (const name of await readdir(cache)) {
    const directory = join(cache, name)
    if (!name.startsWith(`${kind}-`) || inUse.some(({ options }) => options.includes(`${directory}/`))) continue
    await removeTree(directory)
  }
}

async function build(release: Release, target: Image): Promise<void> {
  for (const directory of [target.packages, target.pinned]) await mkdir(directory)
  const hooks = [
    `apt-get --yes -q --download-only -o Dir::Cache::Archives=${target.packages} install ${offeredPackages[release].join(' ')}`,
    ...(release === 'trixie' ? [pinnedHook(target.pinned, release)] : []),
  ]
  await demand(
    [
      'mmdebstrap',
      '--variant=minbase',
      `--include=${imagePackages.join(',')}`,
      '--aptopt=Acquire::Languages "none"',
      '--aptopt=APT::Install-Recommends "false"',
      // The image is worth nothing before its rename, so nothing in it has to survive a power cut.
      '--dpkgopt=force-unsafe-io',
      '--dpkgopt=path-exclude=/usr/share/man/*',
      '--dpkgopt=path-exclude=/usr/share/doc/*',
      ...hooks.map((hook) => `--customize-hook=APT_CONFIG=$MMDEBSTRAP_APT_CONFIG; export APT_CONFIG; ${hook}`),
      '--skip=cleanup/apt,cleanup/reproducible',
      release,
      target.root,
      ...(process.env.PROVISION_LAB_MIRROR ? [process.env.PROVISION_LAB_MIRROR] : []),
    ],
    { environment: { DEBIAN_FRONTEND: 'noninteractive' } },
  )
  for (const { path, text, mode } of imageFiles) {
    const file = join(target.root, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    await chmod(file, mode ?? 0o644)
  }
  await demand(['chroot', target.root, 'env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'sh', '-c', imageSetup])
  await indexPackages(target.packages, 'lab')
  if (release === 'trixie') await indexPackages(target.pinned, 'lab-pinned')
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
