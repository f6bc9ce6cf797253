import type { Place } from './error.ts'
import type { TaskGuard } from './guard.ts'
import type { JsonObject } from './json.ts'
import type { LocalFile, Resource } from './resource.ts'

/** How to reach a host, as the inventory says it. Field names are the inventory's. */
export interface HostAddress {
  /** The inventory name, used in every output. */
  readonly name: string
  readonly host: string
  readonly port?: number
  readonly user?: string
  /** Where the host answers now, when that is no longer where `host` leads; keys and settings stay those of `host`. */
  readonly movedTo?: string
  /** Private key file. */
  readonly key?: string
  /** Jump hosts, outermost first: `[user@]host[:port]` or an inventory name. */
  readonly via?: readonly string[]
  /** A pinned host key: `ssh-ed25519 AAAA…` or `SHA256:…`. */
  readonly hostKey?: string
  readonly connection: 'ssh' | 'openssh' | 'local'
}

/** One task × one host × one loop value: parameters rendered and validated, local files loaded. */
export interface Item {
  /** The task's name, rendered. */
  readonly name: string
  readonly place: Place
  readonly resource: Resource
  readonly params: unknown
  readonly files: { readonly [param: string]: LocalFile }
}

/** What is known at run time only: facts under `host`, registered results and set variables under their names. */
export type Runtime = JsonObject

/** A task of one host's play: includes, blocks, tags and static variables are already resolved. */
export interface Task {
  /** The name as written, templates unrendered; the resource's name where the task has none. */
  readonly name: string
  readonly place: Place
  readonly resource: Resource
  /** Run-time names (of `runtimeNames` in the play) that `when`, `loop`, the name or the parameters use. */
  readonly uses: ReadonlySet<string>
  readonly register: string | undefined
  /** The task has a `loop`: what it registers is a list under `results`, even of one. */
  readonly looped: boolean
  readonly notify: readonly string[]
  /** The user to become; nothing: stay the login user. */
  readonly become: string | undefined
  readonly ignoreErrors: boolean
  /** Neither parameters, output nor diffs are shown. */
  readonly noLog: boolean
  /** What the playbook says: a span that is proven as one, or `false` for no proof at all. */
  readonly guard: TaskGuard | false | undefined
  /** Whole seconds that the changes of each item may take. */
  readonly timeout: number | undefined
  /** `check: false`: the task is left out of checks. `check: true`: it is never applied. */
  readonly check: boolean | undefined
  /**
   * Evaluates `when` and `loop`, renders and validates. An empty list means skipped.
   *
   * @throws {InputError} for anything wrong that could only be seen with run-time values.
   */
  expand(runtime: Runtime): readonly Item[]
}

export interface Handler {
  readonly name: string
  readonly task: Task
}

/** A play as one host sees it. */
export interface HostPlay {
  readonly host: HostAddress
  readonly tasks: readonly Task[]
  readonly handlers: readonly Handler[]
  /** What has to hold on each host of a batch at its end: else the run ends ahead of the next one. */
  readonly batchCheck?: readonly Task[]
}

export interface Play {
  readonly name: string
  readonly place: Place
  /** Hosts in inventory order. Batches of `serial` hosts run one after another; without it all run at once. */
  readonly hosts: readonly HostPlay[]
  readonly serial: readonly (number | `${number}%`)[] | undefined
  readonly anyErrorsFatal: boolean
  /** The run ends behind a batch of which a larger share than this was lost. */
  readonly maxFailPercentage?: number | undefined
  /** What the user has to agree to before anything of the run begins; checks do without. */
  readonly confirm?: string | undefined
}
