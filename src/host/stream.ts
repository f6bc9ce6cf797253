import { HostError } from '../core/error.ts'
import type { Answer, Frame, RunRecord, Step, StreamEnd } from '../core/session.ts'
import { quote } from '../core/shell.ts'
import type { RememberedAnswers } from './answers.ts'
import type { Side } from './frames.ts'
import { PendingStderr, ResultOperation } from './operations.ts'
import { CapturedOutput } from './output.ts'
import { guarding } from './protocol-guard.ts'
import { recordLine } from './protocol-journal.ts'
import { limiting } from './protocol-limit.ts'
import { StreamOrder } from './stream-order.ts'

/** The change that is running. */
interface Running {
  readonly item: number
  readonly number: number
  readonly started: number
  readonly outputs: { readonly [S in Side]: CapturedOutput }
}

/** The shell text that carries steps out, for a session that knows their questions. */
export function streamText(steps: readonly Step[], memory: RememberedAnswers, run?: RunRecord): string {
  const lines = steps.map((step) => {
    const reads = step.questions.map(({ id }) => memory.numberOf(id)).join(' ')
    const words = [
      String(step.item),
      step.ignoreErrors ? '1' : '0',
      reads,
      journalLines(step.owes),
      journalLines(step.settles),
      ...step.changes.map((change) => change.reveal()),
    ]
    const record = run && step.record ? `p_record=${quote(recordLine(step.record, run))}\n` : ''
    const turn = `${record}p_step ${words.map(quote).join(' ')}\n`
    const text = step.timeout === undefined ? turn : `p_limit=${step.timeout}\n${turn}p_limit=\n`
    const { guard } = step
    if (!guard) return text
    const armed = `p_guard_text=${quote(guard.arm.reveal())}\n${text}`
    return guard.last ? `${armed}p_prove ${step.item}\n` : `${armed}p_guard_text=\n`
  })
  const guarded = steps.some(({ guard }) => guard) ? guarding.reveal() : ''
  const limited = steps.some(({ timeout }) => timeout !== undefined) ? limiting.reveal() : ''
  return `${guarded}${limited}p_steps() {\n:\n${lines.join('')}}\np_stream\n`
}

function journalLines(lines: readonly string[]): string {
  if (lines.some((line) => line.includes('\n'))) throw new RangeError('a line of the journal cannot hold a line break')
  return lines.join('\n')
}

/** A stream while it runs: turns what the shell prints into frames. */
export class StreamOperation extends ResultOperation<StreamEnd> {
  readonly #memory: RememberedAnswers
  readonly #order: StreamOrder
  readonly #onFrame: (frame: Frame) => void
  readonly #onTurn: () => void
  readonly #stderr = new PendingStderr()
  #answers = new Map<string, Answer>()
  #running: Running | undefined
  #begun = false
  #end: { readonly reason: StreamEnd['reason']; readonly item?: number } | undefined

  /** @param onTurn called at each item's turn, when the shell is known to take signals. */
  constructor(memory: RememberedAnswers, steps: readonly Step[], onFrame: (frame: Frame) => void, onTurn: () => void) {
    super()
    this.#memory = memory
    this.#order = new StreamOrder(steps)
    this.#onFrame = onFrame
    this.#onTurn = onTurn
  }

  /** Whether an item has had its turn. */
  get begun(): boolean {
    return this.#begun
  }

  raw(side: Side, bytes: Buffer): void {
    const running = this.#running
    if (running) this.#output(running.item, side, running.outputs[side].push(bytes))
    else this.#stderr.add(side, bytes)
  }

  line(words: readonly string[], payload: Buffer): void {
    const [kind, first = '', second] = words
    const stderr = this.#stderr.take()
    const id = kind === 'answer' ? this.#memory.id(Number(first)) : undefined
    this.#order.line(words, id)
    if (id !== undefined) {
      this.#memory.report(id, payload, false)
      this.#answers.set(id, this.#memory.parse(payload, stderr))
    } else if (kind === 'turn') {
      this.#onFrame({ type: 'turn', item: Number(first) })
      this.#begun = true
      this.#onTurn()
    } else if (kind === 'change') {
      const outputs = { stdout: new CapturedOutput(), stderr: new CapturedOutput() }
      this.#running = { item: Number(first), number: Number(second), started: performance.now(), outputs }
    } else if (kind === 'done') {
      this.#done(Number(words[3]), words[4] === 'late')
    } else if (kind === 'answered') {
      const answers = this.#answers
      this.#answers = new Map()
      this.#onFrame({ type: 'answers', item: Number(first), answers })
    } else if (kind === 'end') {
      this.#end = endOf(first, second)
    } else if (kind === 'over') {
      this.#over(Number(first), stderr)
    }
  }

  #done(status: number, late: boolean): void {
    const running = this.#running
    if (!running) throw new Error('the shell ended a change that it had not begun')
    this.#running = undefined
    const { item, number: change, outputs, started } = running
    for (const side of ['stdout', 'stderr'] as const) this.#output(item, side, outputs[side].end())
    const milliseconds = Math.round(performance.now() - started)
    const stdout = outputs.stdout.text()
    const stderr = outputs.stderr.text()
    this.#onFrame({ type: 'done', item, change, status, stdout, stderr, milliseconds, ...(late ? { late } : {}) })
  }

  #output(item: number, stream: Side, text: string): void {
    if (text !== '') this.#onFrame({ type: 'output', item, stream, text })
  }

  #over(status: number, stderr: string): void {
    if (this.#end) this.finish({ ...this.#end, answers: this.#answers })
    else
      this.fail(new HostError(`the shell that carried out the changes was killed (exit ${status})`, { output: stderr }))
  }
}

function endOf(reason: string, item: string | undefined): { reason: StreamEnd['reason']; item?: number } {
  if (
    reason !== 'finished' &&
    reason !== 'failed' &&
    reason !== 'moved' &&
    reason !== 'guarded' &&
    reason !== 'stopped'
  ) {
    throw new Error(`the shell ended a stream in an unknown way: ${reason}`)
  }
  return item === undefined ? { reason } : { reason, item: Number(item) }
}
