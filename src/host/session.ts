import { randomBytes } from 'node:crypto'
import { UnreachableError } from '../core/error.ts'
import type {
  Answer,
  Frame,
  LockResult,
  Question,
  RunRecord,
  Session,
  Step,
  StepRecord,
  StreamEnd,
} from '../core/session.ts'
import { quote, sh } from '../core/shell.ts'
import { RememberedAnswers } from './answers.ts'
import type { Channel, Ending, Traffic } from './channel.ts'
import { type Explain, GREETING_SECONDS, type Noise } from './explain.ts'
import { type FrameHandler, FrameMerger, type Side } from './frames.ts'
import { Heartbeat } from './heartbeat.ts'
import { Lessons } from './lessons.ts'
import { LockOperation, type Operation, type ResultOperation } from './operations.ts'
import { opening } from './protocol.ts'
import { guarding } from './protocol-guard.ts'
import { recordLine } from './protocol-journal.ts'
import { StreamOperation, streamText } from './stream.ts'
import { survey } from './survey.ts'

const CONFIRM = 'provision.confirm'

/** How long a shell may take to end when asked to, in milliseconds. */
const CLOSING = 3000

/** What is kept of the words before the greeting, to explain a failure with, in characters. */
const NOISE_KEPT = 4096

/**
 * The session protocol (see protocol.ts) over any channel that runs `sh`. Everything is sent without waiting for the
 * greeting, so connecting, locking and the first survey share one turn; nothing is believed before the greeting.
 */
export class ShellSession implements Session, FrameHandler {
  readonly #channel: Channel
  readonly #traffic: Traffic
  readonly #explain: Explain
  readonly #memory: RememberedAnswers
  readonly #patience: NodeJS.Timeout
  readonly #heart = new Heartbeat((text) => this.#channel.stdin.write(text))
  readonly #lessons = new Lessons()
  readonly #operations: Operation[] = []
  readonly #noise: Noise = { stdout: '', stderr: '' }
  #stream: StreamOperation | undefined
  #recorded: RunRecord | undefined
  #stopping = false
  #greeted = false
  #waiting = false
  #closing = false
  #lost: Error | undefined

  constructor(channel: Channel, traffic: Traffic, explain: Explain, greetingSeconds = GREETING_SECONDS) {
    this.#channel = channel
    this.#traffic = traffic
    this.#explain = explain
    const words = { nonce: randomBytes(16).toString('hex'), mark: randomBytes(8).toString('hex') }
    this.#memory = new RememberedAnswers(words.mark)
    const merger = new FrameMerger(words.nonce, this)
    this.#listen(merger, 'stdout')
    this.#listen(merger, 'stderr')
    // A write that fails means that the command ended, which `ended` reports with its reason.
    channel.stdin.on('error', () => undefined)
    void channel.ended.then((ending) => this.#end(ending))
    this.#patience = setTimeout(() => {
      channel.kill()
      this.#fail(this.#explain({ code: undefined, signal: undefined }, this.#noise))
    }, greetingSeconds * 1000).unref()
    this.#send(opening(words).reveal())
  }

  async survey(questions: readonly Question[]): Promise<ReadonlyMap<string, Answer>> {
    if (questions.length === 0) return new Map()
    await this.#streamOver()
    return survey(questions, this.#memory, (asking, text) => this.#run(asking, this.#heart.around(text)))
  }

  adopt(id: string, asked: string): void {
    this.#memory.adopt(id, asked)
  }

  async stream(steps: readonly Step[], onFrame: (frame: Frame) => void): Promise<StreamEnd> {
    await this.#streamOver()
    const assignments = this.#memory.catchUp(steps.flatMap((step) => step.questions))
    const begin = this.#heart.begin() + this.#lessons.before(steps, this.#recorded)
    const text = Buffer.concat([...assignments, Buffer.from(begin + streamText(steps, this.#memory, this.#recorded))])
    this.#stopping = false
    const stream = new StreamOperation(this.#memory, steps, onFrame, () => this.#passStop())
    this.#stream = stream
    return this.#run(stream, text)
  }

  async lock(owner: string, id: string, waitsFor: readonly string[]): Promise<LockResult> {
    await this.#streamOver()
    const watch = this.#heart.begin()
    const text = this.#heart.around(
      `p_lock ${quote(owner.replaceAll('\n', ' '))} ${quote(id)} ${quote(waitsFor.join(' '))}\n`,
    )
    return this.#run(new LockOperation(this.#memory), watch + text)
  }

  waits(waitsFor: readonly string[]): void {
    if (!this.#lost && !this.#closing) this.#send(`p_waits ${quote(waitsFor.join(' '))}\n`)
  }

  async confirm(): ReturnType<Session['confirm']> {
    this.#send(guarding.reveal())
    const answers = await this.survey([{ id: CONFIRM, script: sh`guard_confirm` }])
    const text = answers.get(CONFIRM)?.text.trim() ?? ''
    if (text === 'confirmed' || text === 'applying' || text === 'pending') return text
    return { restored: text.replace(/^restored\n/, '') }
  }

  record(run: RunRecord): void {
    this.#recorded = run
    this.#send(`p_run=$p_state/runs/${quote(run.id)}\n`)
  }

  note(verb: string, what: StepRecord | string): void {
    if (!this.#recorded || this.#lost || this.#closing) return
    const text = typeof what === 'string' ? what : recordLine(what, this.#recorded)
    this.#send(`p_note ${verb} ${quote(text)}\n`)
  }

  stop(): void {
    this.#stopping = true
    // Before its first turn the shell may not take the signal yet; it is passed on then.
    if (this.#stream && !this.#stream.over && this.#stream.begun) this.#passStop()
  }

  kill(): void {
    this.#closing = true
    this.#channel.kill()
    this.#fail(new UnreachableError('connection', 'the session was ended'))
  }

  async close(): Promise<void> {
    if (this.#lost) return
    if (this.#operations.length > 0) this.kill()
    else {
      this.#closing = true
      this.#send(`${this.#heart.end()}trap - EXIT; exit 0\n`)
      this.#channel.stdin.end()
      // A farewell that gets lost does harm only where changes ran: what they left running would end with the shell.
      if (this.#channel.leave && !this.#stream) return this.#channel.leave()
    }
    let late: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => {
      late = setTimeout(() => {
        this.#channel.kill()
        resolve()
      }, CLOSING)
    })
    await Promise.race([this.#channel.ended, patience])
    clearTimeout(late)
  }

  raw(side: Side, bytes: Buffer): void {
    if (!this.#greeted) this.#noise[side] = (this.#noise[side] + bytes.toString('utf8')).slice(-NOISE_KEPT)
    else this.#operations[0]?.raw(side, bytes)
  }

  line(words: readonly string[], payload: Buffer): void {
    if (!this.#greeted) {
      this.#greeted = true
      clearTimeout(this.#patience)
      // 'é' has two bytes: lengths of answers would be wrong in a shell that counts characters under LC_ALL=C.
      if (words[1] !== '2') this.#giveUp('the shell on the host counts characters where bytes are needed')
      return
    }
    const operation = this.#operations[0]
    if (!operation) return
    operation.line(words, payload)
    if (operation.over) this.#operations.shift()
  }

  #listen(merger: FrameMerger, side: Side): void {
    this.#channel[side].on('data', (chunk: Buffer) => {
      this.#waiting = false
      this.#traffic.bytesDown += chunk.length
      if (this.#lost) return
      try {
        merger.push(side, chunk)
      } catch (error) {
        // Whatever a listener throws belongs to whoever waits for the operation; the session is of no use after that.
        this.#channel.kill()
        this.#fail(error instanceof Error ? error : new Error(String(error)))
      }
    })
  }

  #send(text: string | Buffer): void {
    const bytes = Buffer.from(text)
    if (!this.#waiting) this.#traffic.turns++
    this.#waiting = true
    this.#traffic.bytesUp += bytes.length
    this.#channel.stdin.write(bytes)
  }

  #run<T>(operation: ResultOperation<T>, text: string | Buffer): Promise<T> {
    if (this.#lost) operation.fail(this.#lost)
    else {
      this.#operations.push(operation)
      this.#send(text)
    }
    return operation.done
  }

  // The main shell must be idle while a stream runs, and both print on the same outputs.
  async #streamOver(): Promise<void> {
    while (this.#stream && !this.#stream.over) await Promise.allSettled([this.#stream.done])
  }

  #passStop(): void {
    if (this.#stopping) this.#send('kill -USR1 "$p_streamer" 2>/dev/null\n')
  }

  #giveUp(message: string): void {
    this.#channel.kill()
    this.#fail(new UnreachableError('channel', message))
  }

  #end(ending: Ending): void {
    if (this.#closing) this.#fail(new UnreachableError('connection', 'the session was ended'))
    else this.#fail(this.#greeted ? lost(ending) : this.#explain(ending, this.#noise))
  }

  #fail(error: Error): void {
    this.#heart.end()
    clearTimeout(this.#patience)
    this.#lost ??= error
    for (const operation of this.#operations.splice(0)) operation.fail(this.#lost)
  }
}

function lost({ code, signal, error }: Ending): UnreachableError {
  if (error) return error
  if (code === undefined && signal === undefined) return new UnreachableError('connection', 'the connection was lost')
  const how = signal === undefined ? `with exit status ${code}` : `by signal ${signal}`
  return new UnreachableError('connection', `the shell on the host was ended ${how}`)
}
