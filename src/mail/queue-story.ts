/** Messages that are remembered because a later line may show that they are meant. */
const MOST_HELD = 1000

/**
 * The queue ID that a line of chasquid's journal is about: in its mail log (`ID from=A …`, internal/maillog/maillog.go)
 * and in its trace (`Queue.SendLoop ID: …`, `SMTP.Conn …: Queued from A to [B] - ID`).
 */
export function queueId(message: string): string | undefined {
  const [, logged, looped, queued] =
    /^([\w-]{8,}) from=|Queue\.SendLoop ([\w-]{8,}): |: Queued from .* - ([\w-]{8,})$/.exec(message) ?? []
  return logged ?? looped ?? queued
}

/**
 * Picks the lines that mention a text, and all lines of the messages that one of them is about: a message to an alias
 * is only later known to go on to somebody.
 */
export class QueueStories<L extends { readonly message: string }> {
  readonly #text: string
  readonly #known = new Set<string>()
  readonly #held = new Map<string, L[]>()

  /** @param text an address, a part of one, or a queue ID; letter case does not count. */
  constructor(text: string) {
    this.#text = text.toLowerCase()
  }

  /** A line that is known to be meant. */
  learn({ message }: L): void {
    const id = queueId(message)
    if (id !== undefined) this.#known.add(id)
  }

  /** @returns what is to be shown now that this line came, in order. */
  next(line: L): readonly L[] {
    const id = queueId(line.message)
    if (id !== undefined && this.#known.has(id)) return [line]
    const isMeant = line.message.toLowerCase().includes(this.#text)
    if (id === undefined) return isMeant ? [line] : []
    const held = [...(this.#held.get(id) ?? []), line]
    if (!isMeant) {
      this.#hold(id, held)
      return []
    }
    this.#known.add(id)
    this.#held.delete(id)
    return held
  }

  #hold(id: string, lines: L[]): void {
    this.#held.set(id, lines)
    const [oldest] = this.#held.keys()
    if (this.#held.size > MOST_HELD && oldest !== undefined) this.#held.delete(oldest)
  }
}
