import { type Command, InvalidArgumentError } from 'commander'
import { didYouMean } from '../core/error.ts'
import { spanSeconds } from '../input/duration.ts'

/** Options that say which hosts are meant and how to reach them; shared by every command that contacts hosts. */
export interface HostFlags {
  readonly inventory?: readonly string[]
  readonly limit?: string
  readonly user?: string
  readonly become?: boolean
  readonly becomeUser?: string
  readonly askBecomePass?: boolean
  readonly becomePasswordFile?: string
  readonly extraVars?: readonly string[]
  /** What opens encrypted files. */
  readonly identity?: readonly string[]
  readonly passphraseFile?: string
  readonly forks: number
  readonly acceptNew?: boolean
  readonly timeout: number
  /** Seconds that connections stay open for later runs; 0 ends those that are. */
  readonly persist?: number
  readonly output: OutputKind
  readonly verbose: number
  /** A table of where the time went. */
  readonly profile?: boolean
  /** Where to keep a trace of it. */
  readonly profileTrace?: string
}

const KINDS = ['auto', 'live', 'plain', 'json'] as const

/** How a run is shown; `document`: only the texts of this format that the playbook makes. */
export type OutputKind = (typeof KINDS)[number] | { readonly document: string }

export interface RunFlags extends HostFlags {
  readonly check?: boolean
  /** Where to keep what a check finds. */
  readonly save?: string
  /** `--diff`, `--no-diff`; neither: in checks only. */
  readonly diff?: boolean
  readonly tags?: readonly string[]
  readonly skipTags?: readonly string[]
  readonly listHosts?: boolean
  readonly listTasks?: boolean
  readonly syntaxCheck?: boolean
  /** What a playbook wants confirmed is. */
  readonly yes?: boolean
  /** Seconds that another run is waited for. */
  readonly lockTimeout?: number
  readonly ignoreHold?: boolean
}

/**
 * Adds the options of `HostFlags`. @returns the same command.
 *
 * @param forks how `--forks` is written, where `-f` means something else.
 */
export function addHostOptions(command: Command, forks = '-f, --forks <number>'): Command {
  return command
    .option('-i, --inventory <path>', 'inventory file, directory, or "host1,host2," (repeatable)', append)
    .option('-l, --limit <pattern>', 'only these hosts: names, groups, globs, "!not", "a:&b", @FILE, @failed')
    .option('-u, --user <name>', 'log in as this user')
    .option('-b, --become', 'become root (or --become-user) with sudo')
    .option('--become-user <name>', 'the user to become')
    .option('-K, --ask-become-pass', 'ask for the sudo password, once')
    .option('--become-password-file <file>', 'read the sudo password from a file')
    .option('-e, --extra-vars <vars>', 'name=value, {"json": …} or @FILE; wins over everything (repeatable)', append)
    .option('--identity <file>', 'key that opens encrypted files: of age or SSH (repeatable)', append)
    .option('--passphrase-file <file>', 'read the passphrase of encrypted files from a file')
    .option(forks, 'hosts worked on at once', positive, 50)
    .option('-T, --timeout <seconds>', 'seconds to wait for a connection', positive, 10)
    .option(
      '--persist <time>',
      'keep connections open between runs for so long: 10m; 0 ends those that are',
      persistence,
    )
    .option('--accept-new', 'add unknown host keys to known_hosts (a changed key is always refused)')
    .option(
      '--output <kind>',
      'auto, live, plain, json, or a format that the playbook makes: text, zone',
      outputKind,
      'auto',
    )
    .option(
      '-v, --verbose',
      'show more: every result (-v), command output (-vv), how hosts are reached (-vvv)',
      (_, count: number) => count + 1,
      0,
    )
}

/** Adds the options of what can tell where its time goes. @returns the same command. */
export function addProfileOptions(command: Command): Command {
  return command
    .option('--profile', 'say at the end where the time went: by phase, host and task')
    .option('--profile-trace <file>', 'keep that moment by moment, for Perfetto and the profilers of browsers')
}

/** Adds the options of whatever changes hosts that others may be at work on. @returns the same command. */
export function addLockOptions(command: Command): Command {
  return command
    .option('--lock-timeout <seconds>', 'wait so long for another run on a host; default: not at all', seconds)
    .option('--ignore-hold', 'change hosts that somebody holds (see provision hold)')
}

/** Adds the options of `RunFlags`. @returns the same command. */
export function addRunOptions(command: Command): Command {
  return addProfileOptions(addLockOptions(addHostOptions(command)))
    .option('-C, --check', 'say what would change, and write nothing; exit 2 when something would')
    .option('--save <plan>', 'with --check: keep what it finds, for "provision show" and "provision apply"')
    .option('-D, --diff', 'show differences line by line (on in checks)')
    .option('--no-diff', 'show no differences')
    .option('-t, --tags <tags>', 'only tasks with these tags, comma-separated (repeatable)', appendList)
    .option('--skip-tags <tags>', 'leave out tasks with these tags (repeatable)', appendList)
    .option('--list-hosts', 'list the hosts of each play and stop')
    .option('--list-tasks', 'list the tasks of each play and stop')
    .option('-y, --yes', 'answer yes where a playbook asks before it begins')
    .option('--syntax-check', 'check inventory and playbook without contacting anything')
}

/** What `provision logs` is asked for. */
export interface LogFlags extends HostFlags {
  readonly follow?: boolean
  readonly lines?: number
  readonly since?: string
  readonly grep?: string
}

/** Adds the options of `LogFlags`. @returns the same command. */
export function addLogOptions(command: Command): Command {
  return addHostOptions(command, '--forks <number>')
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('-n, --lines <number>', 'the last so many of each host (default: 50; all with --since or --grep)', positive)
    .option('--since <time>', 'from then on: 30m, 1h, 2d, yesterday, "2026-01-31 10:00"')
    .option('--grep <text>', 'whole stories of the messages that mention an address or a queue ID')
}

/** The options of a subcommand: those before its name count too, those behind it win. */
export function hostFlags<F extends HostFlags = HostFlags>(command: Command): F {
  const own = command.opts<Record<string, unknown>>()
  const before = command.parent?.opts<Record<string, unknown>>() ?? {}
  const chosen = Object.keys(own).map((name) => [
    name,
    command.getOptionValueSource(name) === 'cli' ? own[name] : (before[name] ?? own[name]),
  ])
  return { ...before, ...Object.fromEntries(chosen) } as unknown as F
}

function append(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value]
}

function appendList(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, ...value.split(',').map((tag) => tag.trim())]
}

function seconds(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError('It must be a whole number of seconds.')
  return Number(value)
}

function persistence(value: string): number {
  const span = value === '0' ? 0 : spanSeconds(value)
  if (span === undefined) throw new InvalidArgumentError('It must be a span of time, such as 30s, 10m or 1h, or 0.')
  return span
}

function positive(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It must be a whole number above 0.')
  return number
}

/** What `--output` was given. */
export function outputKind(value: string): OutputKind {
  const kind = KINDS.find((one) => one === value)
  if (kind) return kind
  const meant = didYouMean(value, KINDS)
  // A run that changes things and shows nothing is not what a slip of the finger asks for.
  if (/^[a-z]+$/.test(value) && meant === undefined) return { document: value }
  throw new UsageError(
    `--output ${value}: the kinds are auto, live, plain, json, and the formats that a playbook makes, such as text and zone`,
    meant,
  )
}

/**
 * What `-i` was given.
 *
 * @throws {UsageError} when it was not.
 */
export function inventoryOf(flags: HostFlags): readonly string[] {
  if (flags.inventory) return flags.inventory
  throw new UsageError(
    'which hosts? No inventory was given',
    'Use -i inventory.yaml; provision ships an inventory.example.yaml.',
  )
}

/** The command line cannot be used. Exit code 4. */
export class UsageError extends Error {
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.name = 'UsageError'
    this.hint = hint
  }
}
