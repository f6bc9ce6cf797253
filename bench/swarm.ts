/**
 * Many small hosts: an sshd each, in namespaces of its own (network, mounts, processes), over one shared root file system.
 * What they write goes to a file system in memory and ends with them. They have no systemd, so neither services nor a journal.
 */
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { addresses, firstHostNumber, prefixLength } from '../src/lab/addresses.ts'
import { makeKey } from '../src/lab/arrival.ts'
import { createGroup } from '../src/lab/control-group.ts'
import { demand, execute, start } from '../src/lab/execute.ts'
import { writeInto } from '../src/lab/files.ts'
import { type HostPlaces, hostPlaces } from '../src/lab/names.ts'
import { namespacePath, plugIn } from '../src/lab/network.ts'
import { type HostRecord, readRecord, writeRecord } from '../src/lab/state.ts'
import { release } from './scenarios.ts'
import { hostName, type Stage } from './stage.ts'
import type { Target } from './types.ts'

const firstNumber = firstHostNumber + 20

/** How many are made at once. */
const LANES = 8

/**
 * What the first process of a host does: its own file systems, then sshd. `$1` is the folder of the host, `$2` the layers
 * that it shares, `$3` its name.
 */
const boot = `set -eu
hostname "$3"
mount -t tmpfs -o mode=755 tmpfs "$1"
cd "$1"
mkdir upper work root
mount -t overlay overlay -o "lowerdir=$2,upperdir=upper,workdir=work" root
cd root
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm run/sshd run/lock
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for device in null zero full random urandom tty; do
  : > dev/$device
  mount --bind /dev/$device dev/$device
done
exec chroot . env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin /usr/sbin/sshd -D
`

/** Starts this many hosts. They end with the lab, whichever way it ends, because they are written down as its own. */
export async function openSwarm(
  stage: Stage,
  count: number,
  onStep: (text: string) => void,
): Promise<readonly Target[]> {
  const { lab } = stage
  const record = await readRecord(lab.id)
  const model = record?.hosts.find(({ name }) => name === hostName)
  if (!record || !model) throw new Error(`lab ${lab.id} has no record of ${hostName}`)
  onStep(`Starting ${count} small hosts`)
  const hosts = Array.from({ length: count }, (_, index): HostRecord => {
    const number = firstNumber + index
    return { ...model, ...addresses(number), name: `s${String(index + 1).padStart(3, '0')}`, number, release }
  })
  await writeRecord({ ...record, hosts: [...record.hosts, ...hosts] })
  const shared = join(lab.directory, 'swarm')
  const key = await prepareShared(shared, await readFile(join(lab.directory, 'key.pub'), 'utf8'))
  await inLanes(hosts, async (host) => {
    await powerOn(lab.namespace, hostPlaces(lab.id, host.name), host, [shared, ...model.layers])
    await stage.trust(`${host.ipv4} ${key}\n`)
  })
  await allAnswer(lab.namespace, hosts)
  return hosts.map(({ name, ipv4 }) => ({ name, address: ipv4, port: 22 }))
}

/** The layer between the image and the hosts' own: who may log in, and one host key for all. Returns `TYPE KEY`. */
async function prepareShared(folder: string, publicKey: string): Promise<string> {
  await writeInto(folder, '/root/.ssh/authorized_keys', publicKey, 0o600)
  await demand(['chmod', '700', join(folder, 'root'), join(folder, 'root/.ssh')])
  await writeInto(folder, '/etc/hosts', '127.0.0.1 localhost\n')
  await writeInto(folder, '/etc/machine-id', `${'5'.repeat(32)}\n`, 0o444)
  const file = join(folder, 'etc/ssh/ssh_host_ed25519_key')
  await mkdir(join(folder, 'etc/ssh'))
  await makeKey(file, 'ed25519', 'swarm')
  return (await readFile(`${file}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ')
}

async function powerOn(
  namespace: string,
  places: HostPlaces,
  host: HostRecord,
  layers: readonly string[],
): Promise<void> {
  await plugIn(namespace, places.machine, host.number)
  const network = ['link set lo up', `address add ${host.ipv4}/${prefixLength.ipv4} dev eth0`, 'link set eth0 up']
  await demand(['ip', '-netns', places.machine, '-batch', '-'], { input: `${network.join('\n')}\n` })
  await mkdir(places.root, { recursive: true })
  const groups = await createGroup(places.group)
  const enter = `for group in ${groups.join(' ')}; do echo $$ > "$group" || exit 1; done; exec "$@"`
  const namespaces = ['unshare', '--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child']
  const first = [...namespaces, 'sh', '-c', boot, 'sh', places.root, layers.join(':'), host.name]
  const argv = ['sh', '-c', enter, 'sh', 'nsenter', `--net=${namespacePath(places.machine)}`, ...first]
  const log = await open(places.console, 'a')
  start(argv, { detached: true, stdio: ['ignore', log.fd, log.fd] }).unref()
  await log.close()
}

/** Waits until the sshd of each host says hello. */
async function allAnswer(namespace: string, hosts: readonly HostRecord[]): Promise<void> {
  const hello = ['ip', 'netns', 'exec', namespace, 'ssh-keyscan', '-T', '5', '-t', 'ed25519', '-f', '-']
  let silent = hosts.map(({ ipv4 }) => ipv4)
  for (let tries = 0; tries < 20; tries++) {
    const { stdout } = await execute(hello, { input: silent.join('\n') })
    silent = silent.filter((address) => !stdout.includes(`${address} ssh-ed25519 `))
    if (silent.length === 0) return
    await sleep(200)
  }
  throw new Error(`these small hosts do not answer: ${silent.join(' ')}`)
}

async function inLanes<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values()
  const lane = async (): Promise<void> => {
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}
