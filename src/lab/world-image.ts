/**
 * The layer over trixie in which the DNS server and the certificate authority are installed, cached like the images.
 */
import { mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { cached } from './cache.ts'
import { demand } from './execute.ts'
import type { Image } from './image.ts'
import { fingerprint, packagesMount, pinnedMount } from './release.ts'
import { removeTree } from './tree.ts'

const packages = ['knot', 'knot-dnsutils', 'pebble', 'openssl']

const pebbleService = `[Unit]
Description=Certificate authority of the lab
After=network.target knot.service

[Service]
Environment=PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0
ExecStart=/usr/bin/pebble -config /etc/pebble/pebble.json -dnsserver 127.0.0.1:53
Restart=on-failure

[Install]
WantedBy=multi-user.target
`

const setup = `set -eu
export DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin
apt-get -q update
apt-get -q --yes --no-install-recommends install ${packages.join(' ')}
# It holds port 53, which the DNS server needs.
systemctl -q disable systemd-resolved
rm -rf /etc/resolv.conf /var/lib/apt/lists/*
echo nameserver 127.0.0.1 > /etc/resolv.conf
cat > /etc/systemd/system/pebble.service
systemctl -q enable knot pebble
touch -r /usr /etc/.updated /var/.updated
`

/** Runs the setup over the image. In a mount namespace of its own, so the mounts end with it however it ends. */
const build = `set -eu
mount -t overlay world -o "lowerdir=$1,upperdir=$2/layer,workdir=$2/work,volatile" "$2/root"
mount --bind "$3" "$2/root${packagesMount}"
mount --bind "$4" "$2/root${pinnedMount}"
exec chroot "$2/root" env -i sh -c "$5"
`

/** The cached layer over this image, built first when it is not there. */
export async function worldLayer(base: Image, onStep: (text: string) => void): Promise<string> {
  const image = basename(dirname(base.root))
  const name = `world-${fingerprint(image, setup, pebbleService)}`
  const directory = await cached(name, 'world', async (temporary) => {
    onStep('Installing DNS and the certificate authority')
    const at = (part: string) => join(temporary, part)
    for (const part of ['layer', 'work', 'root']) await mkdir(at(part))
    const argv = [
      'unshare',
      '--mount',
      'sh',
      '-c',
      build,
      'sh',
      base.root,
      temporary,
      base.packages,
      base.pinned,
      setup,
    ]
    await demand(argv, { input: pebbleService })
    await removeTree(at('work'))
  })
  return join(directory, 'layer')
}
