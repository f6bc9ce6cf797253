import type { Answer, Question } from '../core/session.ts'
import { quote } from '../core/shell.ts'
import { brokenProtocol } from './frames.ts'

/** What the main shell remembers of a question. */
interface Held {
  readonly text: string
  readonly answer: Buffer
}

/** A question and what is known about its answer; answers are kept as the bytes that the shell compares. */
interface Remembered {
  readonly number: number
  /** Its shell text. */
  text: string
  /** What was last reported to the engine, which plans with it. */
  reported: Buffer | undefined
  held: Held | undefined
  /** The question that was asked in its place: of the same text. */
  asked: Remembered | undefined
}

/** The questions of a session under the numbers that the shell knows them by, and their answers as the shell knows them. */
export class RememberedAnswers {
  readonly mark: string
  readonly #byId = new Map<string, Remembered>()
  readonly #ids: string[] = []

  /** @param mark the word that ends every answer. */
  constructor(mark: string) {
    this.mark = mark
  }

  /** The number of a question, a new one for a new id. */
  add(id: string, text: string): number {
    const known = this.#byId.get(id)
    if (known) {
      known.text = text
      return known.number
    }
    const number = this.#ids.push(id) - 1
    this.#byId.set(id, { number, text, reported: undefined, held: undefined, asked: undefined })
    return number
  }

  id(number: number): string {
    const id = this.#ids[number]
    if (id === undefined) throw brokenProtocol('it answered a question that was not asked')
    return id
  }

  /** The answer to a question that was asked as `asked` counts for `id`, too. */
  adopt(id: string, asked: string): void {
    const source = this.#get(asked)
    this.add(id, source.text)
    const answer = this.#get(id)
    answer.reported = source.reported
    answer.asked = source
  }

  /** @param held whether the main shell asked, and so remembers it. */
  report(id: string, bytes: Buffer, held: boolean): void {
    const answer = this.#get(id)
    answer.reported = bytes
    answer.asked = undefined
    if (held) answer.held = { text: answer.text, answer: bytes }
  }

  /** Shell lines that make the main shell remember what was last reported, for the questions where the two differ. */
  catchUp(questions: readonly Question[]): Buffer[] {
    return questions.flatMap(({ id }) => {
      const { number, text, reported, held, asked } = this.#get(id)
      if (reported === undefined) throw new Error(`question ${id} was not surveyed in this session`)
      const isAsked = held?.text === text
      if (isAsked && held.answer.equals(reported)) return []
      this.#get(id).held = { text, answer: reported }
      if (asked?.held?.text === text && asked.held.answer.equals(reported)) {
        return [Buffer.from(`p_text_${number}=$p_text_${asked.number} p_answer_${number}=$p_answer_${asked.number}\n`)]
      }
      // Answers may be no UTF-8; Latin-1 carries every byte through the quoting unchanged.
      const answer = Buffer.from(`p_answer_${number}=${quote(reported.toString('latin1'))}\n`, 'latin1')
      return isAsked ? [answer] : [Buffer.from(`p_text_${number}=${quote(text)}\n`), answer]
    })
  }

  numberOf(id: string): number {
    return this.#get(id).number
  }

  /** What was last reported, without exit status and mark, a character for each byte; nothing where it is no answer of 0. */
  bytes(id: string): string | undefined {
    const text = this.#get(id).reported?.toString('latin1')
    return text?.endsWith(this.#end) ? text.slice(0, -this.#end.length) : undefined
  }

  /** An answer of 0 as the shell would have told it. @param text a character for each byte. */
  answer(text: string): Buffer {
    return Buffer.from(text + this.#end, 'latin1')
  }

  /** Takes the exit status and the mark off an answer. Without the mark it is no answer. */
  parse(bytes: Buffer, stderr: string): Answer {
    const mark = Buffer.from(`/${this.mark}`, 'latin1')
    const end = bytes.length - mark.length
    const start = end < 0 ? -1 : bytes.lastIndexOf(0x2f, end - 1)
    if (start < 0 || !bytes.subarray(end).equals(mark)) {
      return { status: 1, text: '', stderr: `${stderr}another process wrote into the answer\n` }
    }
    const status = Number(bytes.subarray(start + 1, end).toString('latin1'))
    return { status, text: bytes.subarray(0, start).toString('utf8'), stderr }
  }

  get #end(): string {
    return `/0/${this.mark}`
  }

  #get(id: string): Remembered {
    const answer = this.#byId.get(id)
    if (!answer) throw new Error(`question ${id} was not surveyed in this session`)
    return answer
  }
}
