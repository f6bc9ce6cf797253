import type { Answer, Question } from '../core/session.ts'
import { quote } from '../core/shell.ts'
import { brokenProtocol } from './frames.ts'

/** A question and what is known about its answer; answers are kept as the bytes that the shell compares. */
interface Remembered {
  readonly number: number
  /** What was last reported to the engine, which plans with it. */
  reported: Buffer | undefined
  /** What the main shell remembers. */
  held: Buffer | undefined
}

/** The questions of a session under the numbers that the shell knows them by, and their answers as the shell knows them. */
export class RememberedAnswers {
  readonly #mark: Buffer
  readonly #byId = new Map<string, Remembered>()
  readonly #ids: string[] = []

  constructor(mark: string) {
    this.#mark = Buffer.from(`/${mark}`, 'latin1')
  }

  /** The number of a question, a new one for a new id. */
  add(id: string): number {
    const known = this.#byId.get(id)
    if (known) return known.number
    const number = this.#ids.push(id) - 1
    this.#byId.set(id, { number, reported: undefined, held: undefined })
    return number
  }

  id(number: number): string {
    const id = this.#ids[number]
    if (id === undefined) throw brokenProtocol('it answered a question that was not asked')
    return id
  }

  /** @param held whether the main shell asked, and so remembers it. */
  report(id: string, bytes: Buffer, held: boolean): void {
    const answer = this.#get(id)
    answer.reported = bytes
    if (held) answer.held = bytes
  }

  /** Shell lines that make the main shell remember what was last reported, for the questions where the two differ. */
  catchUp(questions: readonly Question[]): Buffer[] {
    return questions.flatMap(({ id }) => {
      const answer = this.#get(id)
      const { number, reported, held } = answer
      if (reported === undefined) throw new Error(`question ${id} was not surveyed in this session`)
      if (held !== undefined && reported.equals(held)) return []
      answer.held = reported
      // Answers may be no UTF-8; Latin-1 carries every byte through the quoting unchanged.
      return [Buffer.from(`p_answer_${number}=${quote(reported.toString('latin1'))}\n`, 'latin1')]
    })
  }

  numberOf(id: string): number {
    return this.#get(id).number
  }

  /** Takes the exit status and the mark off an answer. Without the mark it is no answer. */
  parse(bytes: Buffer, stderr: string): Answer {
    const end = bytes.length - this.#mark.length
    const start = end < 0 ? -1 : bytes.lastIndexOf(0x2f, end - 1)
    if (start < 0 || !bytes.subarray(end).equals(this.#mark)) {
      return { status: 1, text: '', stderr: `${stderr}another process wrote into the answer\n` }
    }
    const status = Number(bytes.subarray(start + 1, end).toString('latin1'))
    return { status, text: bytes.subarray(0, start).toString('utf8'), stderr }
  }

  #get(id: string): Remembered {
    const answer = this.#byId.get(id)
    if (!answer) throw new Error(`question ${id} was not surveyed in this session`)
    return answer
  }
}
