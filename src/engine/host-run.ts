import { HostError, UnreachableError } from '../core/error.ts'
import type { RunRecord } from '../core/session.ts'
import type { Handler, HostAddress, HostPlay, Play, Task } from '../core/task.ts'
import { Counts } from './counts.ts'
import { Entrance, type EntranceOptions, WaitEndedError } from './entrance.ts'
import type { Emit, Failure } from './events.ts'
import type { Fetching } from './fetch.ts'
import { Journal, recording } from './journal.ts'
import { Link } from './link.ts'
import { type Everyone, Memory } from './memory.ts'
import { Recorder } from './recorder.ts'
import { collect, isUnit, type Segment } from './segment.ts'
import type { Connect } from './sessions.ts'
import { type Ground, settle } from './settle.ts'
import { judge, type Unit } from './unit.ts'
import type { Waits } from './waits.ts'

export interface RunOptions extends RunRecord, EntranceOptions, Fetching {
  /** How many hosts are worked on at once. */
  readonly forks: number
  /** How long hosts took the last time, in milliseconds: where not all are worked on at once, the slowest begin. */
  readonly lastTimes?: ReadonlyMap<string, number>
  readonly connect: Connect
  /** Hears of values that a task decrypted, before anything of it is reported. */
  readonly onSecret: (value: string) => void
}

/** What a host's part of a run has to know of the rest. */
export interface Surroundings {
  readonly waits: Waits
  /** Something is to be done on it as root. */
  readonly needsRoot: boolean
  /** What the hosts of the run have in common: whether anything was to change on one of them by now. */
  readonly common: { hasChanged: boolean }
}

export type HostState = 'running' | 'failed' | 'unreachable' | 'stopped'

/** One host through all plays of a run: its connection, what it has taught us, what it is counted for. */
export class HostRun {
  readonly counts = new Counts()
  readonly memory = new Memory()
  state: HostState = 'running'
  readonly #address: HostAddress
  readonly #options: RunOptions
  readonly #emit: Emit
  readonly #link: Link
  readonly #journal = new Journal()
  /** Handlers that had their turn in the play that goes on. */
  readonly #called = new Set<string>()
  readonly #ending = new AbortController()
  readonly #common: Surroundings['common']
  readonly #ground: Ground
  /** The tasks of the plays behind the one that goes on. */
  #later: readonly Task[] = []
  #stopping = false
  /** Items that this host was to carry out in all plays so far, as far as they are known. */
  #expected = 0

  constructor(address: HostAddress, options: RunOptions, { waits, needsRoot, common }: Surroundings, emit: Emit) {
    this.#address = address
    this.#options = options
    this.#emit = emit
    const busy = (activity: string): void => this.#busy(activity)
    const connect = options.check ? options.connect : recording(options.connect, options)
    const tell = (text: string): void => emit({ type: 'notice', host: address.name, text })
    const entrance = new Entrance(address.name, options, { waits, signal: this.#ending.signal, busy, tell })
    this.#common = common
    const reaching = { connect, entrance, needsRoot, busy, check: options.check }
    this.#link = new Link(address, reaching, this.memory, this.#journal)
    this.#ground = {
      link: this.#link,
      isLocal: address.connection === 'local',
      check: options.check,
      signal: this.#ending.signal,
      secret: options.onSecret,
      fetch: (file) => options.fetch(file, this.#ending.signal, busy),
      isStopping: () => this.#stopping,
      changes: () => this.#changes(),
    }
  }

  /**
   * @param everyone what each host of the run had taught when the play began.
   * @param later the tasks of the plays behind this one.
   */
  async play(
    play: Play,
    { tasks, handlers }: HostPlay,
    everyone: Everyone,
    later: readonly Task[] = [],
  ): Promise<void> {
    this.#later = later
    // What another host does in one play, this one may see in the next.
    if (this.#common.hasChanged) this.#link.changes()
    this.memory.meet(everyone)
    const recorder = new Recorder(this.#address.name, play.name, this.memory, this.#journal, this.counts, this.#emit)
    try {
      // In a check, what an earlier play would change is not there yet either.
      recorder.changed = this.#options.check && this.counts.isUnsettled
      this.#called.clear()
      this.#busy('connecting', tasks.length)
      this.#link.expect([...tasks, ...later])
      await this.#begin(tasks[0]?.become)
      for (const name of this.#journal.names) recorder.owed.add(name)
      await this.#work(tasks, recorder, false)
      await this.#handle(handlers, recorder)
      if (recorder.faulty && this.state === 'running') this.state = 'failed'
    } catch (error) {
      this.#broken(error, play, recorder)
    }
  }

  /** Lets the running item finish; nothing after it is begun. */
  stop(): void {
    this.#stopping = true
    this.#ending.abort()
    this.#link.stop()
  }

  /** Ends everything that runs on the host on our behalf, now. */
  kill(): void {
    this.#stopping = true
    this.#ending.abort()
    this.#link.kill()
  }

  close(): Promise<void> {
    this.#link.note('end', this.state === 'running' ? 'done' : this.state)
    return this.#link.close()
  }

  async #begin(become: string | undefined): Promise<void> {
    try {
      await this.#link.begin(become)
    } catch (error) {
      // Whoever ended the wait wants the run to stop, which the first task notices.
      if (!(error instanceof WaitEndedError)) throw error
    }
  }

  async #work(tasks: readonly Task[], recorder: Recorder, handler: boolean): Promise<void> {
    let queue = tasks
    while (queue.length > 0 && this.state === 'running') {
      if (this.#stopping) {
        this.state = 'stopped'
        break
      }
      const segment = collect(queue, this.memory, this.#options.check, handler)
      queue = queue.slice(segment.taken)
      this.#link.expect([...queue, ...this.#later])
      await this.#carryOut(segment, recorder, queue.length)
    }
    this.counts.notReached += queue.length
  }

  /** Runs the handlers that are owed, in the order in which they are defined; one may notify another. */
  async #handle(handlers: readonly Handler[], recorder: Recorder): Promise<void> {
    while (this.state === 'running') {
      const owed = handlers.filter(({ name }) => recorder.owed.has(name))
      if (owed.length === 0) break
      for (const handler of owed) {
        recorder.owed.delete(handler.name)
        this.#called.add(handler.name)
      }
      const tasks = owed.map(({ task }) => task)
      await this.#work(tasks, recorder, true)
    }
    if (!this.#options.check && this.state === 'running') await this.#strike()
    for (const handler of handlers) {
      if (this.state !== 'running' || this.#called.has(handler.name) || !recorder.perhaps.has(handler.name)) continue
      const note = 'unknown until the changes above are applied: what notifies it may change nothing'
      recorder.tell({ task: handler.task, handler: true, status: 'unknown', note })
    }
  }

  async #strike(): Promise<void> {
    for (const [user, step] of this.#journal.strike()) {
      const { session } = await this.#link.ask(user === '' ? undefined : user, [])
      await session.stream([step], () => undefined)
    }
  }

  async #carryOut(segment: Segment, recorder: Recorder, behind: number): Promise<void> {
    const { entries } = segment
    const reported = this.counts.total
    this.#expected = reported + entries.length + behind
    this.#busy('asking', this.#expected)
    const units = entries.filter(isUnit)
    recorder.expect(entries)
    if (units.length > 0) await this.#settle(segment, units, recorder)
    if (this.state === 'running') recorder.tellBefore(entries.length)
    if (recorder.failed) this.state = 'failed'
    this.counts.notReached += reported + entries.length - this.counts.total
  }

  async #settle(segment: Segment, units: readonly Unit[], recorder: Recorder): Promise<void> {
    const { become } = segment
    const { session, answers } = await this.#link.ask(become, [
      ...units.flatMap(({ questions }) => questions),
      ...this.#journal.questions(become ?? ''),
    ])
    for (const name of this.#journal.learn(become ?? '', answers)) if (!this.#called.has(name)) recorder.owed.add(name)
    const verdicts = new Map(units.map((unit) => [unit.number, judge(unit, answers)]))
    const end = await settle(segment, units, verdicts, session, recorder, this.#ground)
    if (segment.control && this.counts.hasChanged) this.#changes()
    if (end !== 'done') this.state = end
  }

  #changes(): void {
    this.#common.hasChanged = true
    this.#link.changes()
  }

  #busy(activity: string, total?: number): void {
    this.#emit({ type: 'host', host: this.#address.name, activity, ...(total === undefined ? {} : { total }) })
  }

  #broken(error: unknown, play: Play, recorder: Recorder): void {
    if (!(error instanceof HostError || error instanceof UnreachableError)) throw error
    const host = this.#address.name
    const { message, hint } = error
    if (this.#link.isKilled || error instanceof WaitEndedError) {
      this.state = 'stopped'
      recorder.cutOff({ message: 'ended in the middle, with everything that it had started' })
    } else if (error instanceof UnreachableError) {
      this.state = 'unreachable'
      this.counts.unreachable = true
      const text = recorder.running === undefined ? message : `${message}\n${recorder.running}`
      this.#emit({ type: 'unreachable', host, stage: error.stage, message: text, ...(hint ? { hint } : {}) })
    } else {
      this.state = 'failed'
      const failure = { message, ...(error.output ? { output: error.output } : {}), ...(hint ? { hint } : {}) }
      if (!recorder.cutOff(failure)) this.#failed(play, failure)
    }
    this.counts.notReached += Math.max(0, this.#expected - this.counts.total)
  }

  // Outside of any item.
  #failed(play: Play, failure: Failure): void {
    this.counts.add('failed')
    const { name, place } = play
    const ref = { host: this.#address.name, play: name, task: name, place, resource: 'play', handler: false }
    const nothing = { changes: [], notes: [], notifies: [], milliseconds: 0 }
    this.#emit({ type: 'result', ...ref, ...nothing, status: 'failed', failure })
  }
}
