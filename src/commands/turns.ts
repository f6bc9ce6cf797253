/**
 * Lets many print at once without mixing: what the first one prints appears as it comes, what the others print appears
 * when all before them are over.
 */
export class Turns<T> {
  readonly #waiting: Map<T, (() => void)[]>
  readonly #over = new Set<T>()

  /** @param order Who comes first, second … */
  constructor(order: Iterable<T>) {
    this.#waiting = new Map([...order].map((one) => [one, []]))
  }

  print(one: T, write: () => void): void {
    const [first] = this.#waiting.keys()
    if (one === first) write()
    else this.#waiting.get(one)?.push(write)
  }

  end(one: T): void {
    this.#over.add(one)
    for (const [first, writes] of this.#waiting) {
      for (const write of writes.splice(0)) write()
      if (!this.#over.has(first)) return
      this.#waiting.delete(first)
    }
  }
}
