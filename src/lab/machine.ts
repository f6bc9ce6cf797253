/**
 * A host as a machine: its disk, its power switch, and a way in that is not ssh.
 */
import { open, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGroup, endGroup, groupProcesses } from './control-group.ts'
import { demand, type ExecuteOptions, execute, type Outcome, start } from './execute.ts'
import { whenAbsent } from './files.ts'
import type { HostPlaces } from './names.ts'
import { namespacePath } from './network.ts'

/** Folders of this machine that the host sees, read-only. */
export interface Mount {
  source: string
  target: string
}

/** Puts the host's own empty layer over the shared ones; the first layer hides those after it. */
export async function mountRoot(places: HostPlaces, layers: readonly string[]): Promise<void> {
  await demand(['mkdir', '-p', places.root, places.upper, places.work])
  // volatile: nothing of a lab has to survive a power cut, and package installs need not wait for the disk.
  const options = `lowerdir=${layers.join(':')},upperdir=${places.upper},workdir=${places.work},volatile`
  await demand(['mount', '-t', 'overlay', places.machine, '-o', options, places.root])
}

/**
 * Starts the host. A small supervisor process stays with it and starts it again when it reboots (systemd-nspawn then
 * exits with 133); it belongs to the host's control group and not to us, so labs can outlive the command that opened them.
 */
export async function powerOn(places: HostPlaces, mounts: readonly Mount[]): Promise<void> {
  if ((await groupProcesses(places.group)).length > 0) throw new Error(`${places.machine} is on already`)
  const groups = await createGroup(places.group)
  const log = await open(places.console, 'a')
  const supervisor = `
    for group in ${groups.join(' ')}; do echo $$ > "$group" || exit 1; done
    while :; do "$@"; status=$?; [ $status -eq 133 ] || exit $status; done`
  const nspawn = [
    ...['systemd-nspawn', '--quiet', '--boot', '--console=pipe'],
    ...['--register=no', '--keep-unit', `--machine=${places.machine}`, `--directory=${places.root}`],
    ...['--resolv-conf=off', '--timezone=off', '--link-journal=no'],
    // Network only, never all: with the right to set the clock, timedatectl in a host moved this machine's time.
    ...[`--network-namespace-path=${namespacePath(places.machine)}`, '--capability=CAP_NET_ADMIN'],
    ...mounts.map(({ source, target }) => `--bind-ro=${source}:${target}`),
  ]
  const child = start(['sh', '-c', supervisor, 'sh', ...nspawn], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    // Makes /proc/sys/net writable and nothing else of the kernel's settings.
    env: { PATH: process.env.PATH, SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network' },
  })
  child.unref()
  await log.close()
}

/** Cuts the power: every process of the host ends at once, and nothing answers for it. Its disk stays as it is. */
export async function powerCut(places: HostPlaces): Promise<void> {
  // First of all, so that nobody is told goodbye: its kernel, which is ours, would close connections and refuse new ones.
  await execute(['ip', '-netns', places.machine, 'link', 'set', 'eth0', 'down'])
  // When the host's first process ends, systemd-nspawn cleans up behind it and ends too.
  const first = await leader(places)
  if (first !== undefined) await execute(['kill', '-KILL', String(first)])
  for (let round = 0; round < 50 && (await groupProcesses(places.group)).length > 0; round++) await sleep(20)
  await endGroup(places.group)
}

/** The host's first process as this machine numbers it; undefined while the host is off. It changes at each reboot. */
export async function leader(places: HostPlaces): Promise<number | undefined> {
  for (const id of await groupProcesses(places.group)) {
    const status = await readFile(`/proc/${id}/status`, 'utf8').catch(whenAbsent(''))
    // NSpid: its number here, then its number in the host.
    if (/^NSpid:\t\d+\t1$/m.test(status)) return id
  }
  return undefined
}

/** Runs a program inside the host as root, not through ssh and with none of our environment. */
export async function runInside(
  places: HostPlaces,
  argv: readonly string[],
  options: ExecuteOptions = {},
): Promise<Outcome> {
  const first = await leader(places)
  if (first === undefined) throw new Error(`${places.machine} is off`)
  return execute(inside(first, argv), options)
}

/** Waits until the host has finished booting; false when it went off again or the deadline passed first. */
export async function booted(places: HostPlaces, deadline: number): Promise<boolean> {
  let lastOn = Date.now()
  while (Date.now() < deadline && Date.now() - lastOn < 2000) {
    // Over a reboot the supervisor stays, so a group without any process means that nobody will start the host.
    if ((await groupProcesses(places.group)).length > 0) lastOn = Date.now()
    const first = await leader(places)
    if (first !== undefined) {
      // Blocks until the boot is complete; fails at once while systemd does not listen yet or no longer.
      const question = inside(first, ['systemctl', 'is-system-running', '--wait'])
      const seconds = Math.ceil((deadline - Date.now()) / 1000)
      const answer = await execute(['timeout', String(Math.max(seconds, 1)), ...question])
      if (['running', 'degraded'].includes(answer.stdout.trim())) return true
    }
    await sleep(50)
  }
  return false
}

function inside(leader: number, argv: readonly string[]): string[] {
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--root', '--wd']
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  return ['nsenter', `--target=${leader}`, ...namespaces, 'env', '-i', path, 'HOME=/root', 'LANG=C.UTF-8', ...argv]
}
