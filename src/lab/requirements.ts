/**
 * What the machine that runs a lab must have, and how to get it there.
 */
import { readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { demand } from './execute.ts'
import { exists } from './files.ts'

/** Each program that the lab runs, with the Debian package that brings it. */
const programs = {
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  ip: 'iproute2',
  'dpkg-scanpackages': 'dpkg-dev',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  openssl: 'openssl',
  nsenter: 'util-linux',
  flock: 'util-linux',
  unshare: 'util-linux',
  mount: 'mount',
}

/** Says in one line what is missing to run a lab here; nothing is missing when it is undefined. */
export async function requirements(): Promise<string | undefined> {
  const missing = await missingPackages()
  const reasons = [
    process.platform === 'linux' ? '' : `Linux (this is ${process.platform})`,
    process.getuid?.() === 0 ? '' : 'root',
    missing.length === 0 ? '' : `these packages: ${missing.join(' ')}`,
  ].filter(Boolean)
  return reasons.length === 0 ? undefined : `A lab needs ${reasons.join(', and ')}.`
}

/** Installs the packages that are missing, where apt-get and root allow it. Root and Linux cannot be installed. */
export async function installRequirements(onStep: (text: string) => void = () => {}): Promise<void> {
  const packages = await missingPackages()
  if (packages.length === 0 || process.getuid?.() !== 0 || !(await onPath('apt-get'))) return
  if (await listsAreMissing()) {
    onStep('Reading the package lists of this machine')
    await demand(['apt-get', 'update', '-q'])
  }
  onStep(`Installing ${packages.join(' ')} on this machine`)
  await demand(['apt-get', 'install', '-q', '--yes', '--no-install-recommends', ...packages], {
    environment: { DEBIAN_FRONTEND: 'noninteractive' },
  })
}

async function missingPackages(): Promise<string[]> {
  const missing = new Set<string>()
  for (const [program, name] of Object.entries(programs)) if (!(await onPath(program))) missing.add(name)
  return [...missing]
}

async function onPath(program: string): Promise<boolean> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  for (const folder of folders) if (await exists(join(folder, program))) return true
  return false
}

async function listsAreMissing(): Promise<boolean> {
  const names = (await exists('/var/lib/apt/lists')) ? await readdir('/var/lib/apt/lists') : []
  return !names.some((name) => name.includes('_Packages'))
}
