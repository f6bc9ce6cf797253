/**
 * The commands behind `npm run lab`: a lab that stays up, to look at and to try things in.
 */
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { groupMemory } from './control-group.ts'
import { start } from './execute.ts'
import type { Lab } from './lab.ts'
import { hostPlaces } from './names.ts'
import { findLab, type HostRequest, openLab } from './open-lab.ts'
import { type Release, releases } from './release.ts'
import { installRequirements } from './requirements.ts'
import { labIds, ownerLives, readRecord } from './state.ts'
import { takeDown } from './take-down.ts'

const usage = `Usage: lab COMMAND [--id ID]
  up [--bare] [NAME[=RELEASE] ...]   hosts that stay up (default: mx1=trixie mx2=bookworm), with DNS and a CA unless --bare
  down [--all]                       take the lab, or all labs, down
  ssh NAME [COMMAND ...]             log in to a host as root (NAME may be USER@NAME)
  run PROGRAM [ARGUMENT ...]         run a program of this machine in the lab's network
  status                             what is up`

/** Runs one lab command and returns its exit status. */
export async function labCommand(argv: string[]): Promise<number> {
  const { own, rest } = split(argv)
  const { values, positionals } = parseArgs({
    args: own,
    options: { id: { type: 'string', default: 'lab' }, all: { type: 'boolean' }, bare: { type: 'boolean' } },
    allowPositionals: true,
  })
  const [command, ...names] = [...positionals, ...rest]
  const { id } = values
  switch (command ?? '') {
    case 'up':
      return up(id, names, !values.bare)
    case 'down':
      return down(values.all ? await labIds() : [id])
    case 'ssh':
      return ssh(await findLab(id), names)
    case 'run':
      return inForeground((await findLab(id)).namespaceCommand(names))
    case 'status':
      return status()
    default:
      process.stderr.write(`${usage}\n`)
      return 4
  }
}

/** What follows `ssh NAME` or `run` belongs to the other program, even where it looks like an option of ours. */
function split(argv: string[]): { own: string[]; rest: string[] } {
  const at = argv.findIndex((word) => word === 'ssh' || word === 'run')
  return at < 0 ? { own: argv, rest: [] } : { own: argv.slice(0, at + 1), rest: argv.slice(at + 1) }
}

async function up(id: string, names: string[], world: boolean): Promise<number> {
  const began = Date.now()
  const onStep = (text: string) => {
    process.stderr.write(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}\n`)
  }
  const hosts = (names.length > 0 ? names : ['mx1=trixie', 'mx2=bookworm']).map(request)
  await installRequirements(onStep)
  const lab = await openLab({ id, hosts, world, keep: true, onStep })
  onStep(`Lab ${id} is up`)
  for (const host of [...lab.hosts, ...(lab.nameserver ? [lab.nameserver] : [])]) {
    process.stdout.write(`${host.name}  ${host.release}  ${host.ipv4}  ${host.ipv6}\n`)
  }
  return 0
}

function request(text: string): HostRequest {
  const [name = '', wanted = 'trixie'] = text.split('=')
  const release = releases.find((one): one is Release => one === wanted)
  if (!release) throw new Error(`no release ${wanted}: there is ${releases.join(', ')}`)
  return { name, release }
}

async function down(ids: string[]): Promise<number> {
  for (const id of ids) await takeDown(id)
  return 0
}

async function ssh(lab: Lab, [target, ...command]: string[]): Promise<number> {
  const [name = '', user] = (target ?? '').split('@').reverse()
  return inForeground(lab.namespaceCommand(lab.sshCommand(name, command, user)))
}

async function inForeground(argv: string[]): Promise<number> {
  const child = start(argv, { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 1
}

async function status(): Promise<number> {
  for (const id of await labIds()) {
    const record = await readRecord(id)
    const kept = record?.owner === null ? 'stays up' : `of process ${record?.owner?.pid}`
    const state = record?.owner && !ownerLives(record) ? 'left over' : kept
    process.stdout.write(`${id} (${state})\n`)
    for (const host of record?.hosts ?? []) {
      const memory = Math.round((await groupMemory(hostPlaces(id, host.name).group)) / 2 ** 20)
      const power = memory > 0 ? `${memory} MB` : 'off'
      process.stdout.write(
        `  ${host.name.padEnd(12)}${host.release.padEnd(10)}${host.ipv4.padEnd(16)}${host.ipv6.padEnd(18)}${power}\n`,
      )
    }
  }
  return 0
}
