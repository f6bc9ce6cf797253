/**
 * Which cached folders a host is made of and which it sees.
 */
import { type Image, image } from './image.ts'
import type { Mount } from './machine.ts'
import { packagesMount, pinnedMount, type Release, releases } from './release.ts'
import { worldLayer } from './world-image.ts'

/** The cached images that a lab needs. */
export interface Images {
  byRelease: Map<Release, Image>
  /** The layer with the installed DNS server and certificate authority, over trixie; only in labs with a world. */
  world: string | undefined
}

/** What decides about a host's layers. */
interface HostKind {
  release: Release
  isWorld: boolean
}

/** Gets every image that these hosts need, building at once what is not in the cache. */
export async function prepareImages(
  hosts: readonly { release: Release }[],
  world: boolean,
  onStep: (text: string) => void,
): Promise<Images> {
  // trixie's is always needed: the pinned packages were downloaded with it.
  const wanted = releases.filter((release) => release === 'trixie' || hosts.some((host) => host.release === release))
  const trixie = image('trixie', onStep)
  const layer = world ? trixie.then((base) => worldLayer(base, onStep)) : undefined
  const images = wanted.map((release) => (release === 'trixie' ? trixie : image(release, onStep)))
  const [built, layerDirectory] = await Promise.all([Promise.all(images), layer])
  return { byRelease: new Map(built.map((one) => [one.release, one])), world: layerDirectory }
}

/** The folders that a host's disk is stacked from, the topmost first. */
export function hostLayers(images: Images, host: HostKind): string[] {
  const base = imageOf(images, host.release).root
  return host.isWorld && images.world ? [images.world, base] : [base]
}

/** The package folders that a host sees. */
export function hostMounts(images: Images, host: HostKind): Mount[] {
  return [
    { source: imageOf(images, host.release).packages, target: packagesMount },
    { source: imageOf(images, 'trixie').pinned, target: pinnedMount },
  ]
}

function imageOf(images: Images, release: Release): Image {
  const found = images.byRelease.get(release)
  if (!found) throw new Error(`the ${release} image was not prepared`)
  return found
}
