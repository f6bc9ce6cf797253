import type { Step } from '../core/session.ts'
import { brokenProtocol } from './frames.ts'

/**
 * Holds a host to the order in which a stream is told: every item has one turn, its changes run one after another, its
 * questions are answered behind them. A host can lie about what it did, but not skip an item or answer for another one.
 */
export class StreamOrder {
  readonly #steps: readonly Step[]
  /** How many items have had their turn. */
  #turns = 0
  /** The change that runs, or the one that comes next. */
  #change = 0
  #runs = false
  readonly #answered = new Set<string>()

  constructor(steps: readonly Step[]) {
    this.#steps = steps
  }

  /** @throws {UnreachableError} for a line that cannot come here. `id` is the question that an answer is for. */
  line([kind, first, second, third = '']: readonly string[], id: string | undefined): void {
    const step = this.#steps[this.#turns - 1]
    const isCurrent = step !== undefined && first === String(step.item)
    if (kind === 'turn') this.#turn(first)
    else if (kind === 'change') this.#begin(isCurrent && second === String(this.#change) && step)
    else if (kind === 'done') this.#end(isCurrent && second === String(this.#change) && /^\d+$/.test(third))
    else if (kind === 'answer' && id !== undefined) this.#answered.add(id)
    else if (kind === 'answered') this.#expect(isCurrent && !this.#runs && this.#isAnswered([step]), 'answered')
    else if (kind === 'end') this.#over(first, second)
  }

  #turn(item: string | undefined): void {
    const next = this.#steps[this.#turns]
    this.#expect(!this.#runs && next !== undefined && item === String(next.item), 'a turn')
    this.#turns++
    this.#change = 0
    this.#answered.clear()
  }

  #begin(step: Step | false): void {
    this.#expect(step && !this.#runs && this.#change < step.changes.length, 'a change')
    this.#runs = true
  }

  #end(fits: boolean): void {
    this.#expect(fits && this.#runs, 'the end of a change')
    this.#runs = false
    this.#change++
  }

  #over(reason: string | undefined, item: string | undefined): void {
    const at = this.#steps.findIndex((step) => String(step.item) === item)
    const fits = {
      finished: this.#turns === this.#steps.length,
      failed: at >= 0 && at === this.#turns - 1,
      guarded: at >= 0 && at === this.#turns - 1,
      stopped: at >= 0 && at === this.#turns,
      moved: at >= 0 && at === this.#turns - 1 && this.#isAnswered(this.#steps.slice(at)),
    }[reason ?? '']
    this.#expect(fits === true && !this.#runs, 'the end')
  }

  #isAnswered(steps: readonly Step[]): boolean {
    return steps.every(({ questions }) => questions.every(({ id }) => this.#answered.has(id)))
  }

  #expect(fits: boolean, what: string): void {
    if (!fits) throw brokenProtocol(`it told of ${what} that was not due`)
  }
}
