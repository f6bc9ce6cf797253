import { type Command, InvalidArgumentError } from 'commander'

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
  readonly forks: number
  readonly acceptNew?: boolean
  readonly timeout: number
  readonly output: OutputKind
  readonly verbose: number
}

export type OutputKind = 'auto' | 'live' | 'plain' | 'json'

export interface RunFlags extends HostFlags {
  readonly check?: boolean
  /** `--diff`, `--no-diff`; neither: in checks only. */
  readonly diff?: boolean
  readonly tags?: readonly string[]
  readonly skipTags?: readonly string[]
  readonly listHosts?: boolean
  readonly listTasks?: boolean
  readonly syntaxCheck?: boolean
}

/** Adds the options of `HostFlags`. @returns the same command. */
export function addHostOptions(command: Command): Command {
  return command
    .option('-i, --inventory <path>', 'inventory file, directory, or "host1,host2," (repeatable)', append)
    .option('-l, --limit <pattern>', 'only these hosts: names, groups, globs, "!not", "a:&b", @FILE, @failed')
    .option('-u, --user <name>', 'log in as this user')
    .option('-b, --become', 'become root (or --become-user) with sudo')
    .option('--become-user <name>', 'the user to become')
    .option('-K, --ask-become-pass', 'ask for the sudo password, once')
    .option('--become-password-file <file>', 'read the sudo password from a file')
    .option('-e, --extra-vars <vars>', 'name=value, {"json": …} or @FILE; wins over everything (repeatable)', append)
    .option('-f, --forks <number>', 'hosts worked on at once', positive, 50)
    .option('-T, --timeout <seconds>', 'seconds to wait for a connection', positive, 10)
    .option('--accept-new', 'add unknown host keys to known_hosts (a changed key is always refused)')
    .option('--output <kind>', 'auto, live, plain or json', outputKind, 'auto')
    .option('-v, --verbose', 'show more: every result (-v), command output (-vv)', (_, count: number) => count + 1, 0)
}

/** Adds the options of `RunFlags`. @returns the same command. */
export function addRunOptions(command: Command): Command {
  return addHostOptions(command)
    .option('-C, --check', 'say what would change, and write nothing; exit 2 when something would')
    .option('-D, --diff', 'show differences line by line (on in checks)')
    .option('--no-diff', 'show no differences')
    .option('-t, --tags <tags>', 'only tasks with these tags, comma-separated (repeatable)', appendList)
    .option('--skip-tags <tags>', 'leave out tasks with these tags (repeatable)', appendList)
    .option('--list-hosts', 'list the hosts of each play and stop')
    .option('--list-tasks', 'list the tasks of each play and stop')
    .option('--syntax-check', 'check inventory and playbook without contacting anything')
}

/** The options of a subcommand: those before its name count too, those behind it win. */
export function hostFlags(command: Command): HostFlags {
  const own = command.opts<Record<string, unknown>>()
  const before = command.parent?.opts<Record<string, unknown>>() ?? {}
  const chosen = Object.keys(own).map((name) => [
    name,
    command.getOptionValueSource(name) === 'cli' ? own[name] : (before[name] ?? own[name]),
  ])
  return { ...before, ...Object.fromEntries(chosen) } as unknown as HostFlags
}

function append(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value]
}

function appendList(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, ...value.split(',').map((tag) => tag.trim())]
}

function positive(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It must be a whole number above 0.')
  return number
}

function outputKind(value: string): OutputKind {
  if (value === 'auto' || value === 'live' || value === 'plain' || value === 'json') return value
  throw new UsageError(`--output ${value}: the kinds are auto, live, plain and json`)
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
