import { unwatching, watching } from './protocol-watch.ts'

/**
 * How often a controller gives a sign of life, in milliseconds. Four may get lost, or come late over a network that stalls,
 * before a host doubts it (protocol-watch.ts); and 7 bytes in that time are nothing to anybody.
 */
const BEAT_MILLISECONDS = 20_000

/** A controller's signs of life to one session. They are no turns, for nobody waits for them. */
export class Heartbeat {
  readonly #write: (text: string) => void
  #timer: NodeJS.Timeout | undefined

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  /** Begins, where it has not; answers the shell text that sets the watcher on the host. A check needs nobody to watch it. */
  begin(): string {
    if (this.#timer) return ''
    this.#timer = setInterval(() => this.#write('p_beat\n'), BEAT_MILLISECONDS).unref()
    return watching.reveal()
  }

  /** Shell text for work that the main shell does itself, in which it hears no beat. */
  around(text: string): string {
    return this.#timer ? `p_busy\n${text}p_beat\n` : text
  }

  /** Ends; answers the shell text that takes the watcher off. */
  end(): string {
    clearInterval(this.#timer)
    return this.#timer ? `${unwatching.reveal()}\n` : ''
  }
}
