import type { Event } from '../engine/events.ts'
import { Progress } from './live-progress.ts'
import { drawRows, type Size } from './live-rows.ts'
import { Screen } from './live-screen.ts'
import type { Reporter } from './reporter.ts'
import type { Style } from './style.ts'
import { visible } from './text.ts'
import type { Transcript } from './transcript.ts'

/** Ten frames a second: more are not seen, and drawing holds up the connections. */
const FRAME_MILLISECONDS = 100

export interface LiveOptions {
  readonly write: (text: string) => void
  readonly size: () => Size
  readonly style: Style
  readonly transcript: Transcript
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number
}

/** Draws a row per host while a run goes on; changes and failures scroll away above the rows. */
export function createLive(options: LiveOptions): Reporter {
  const table = new HostTable(options)
  let finish = (): void => {}
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  let shown: Promise<unknown> | undefined
  return {
    event(event: Event): void {
      table.event(event)
      if (event.type === 'start') shown = show(table, event.hosts, finished)
    },
    notice: (text) => table.notice(text),
    async end(): Promise<void> {
      finish()
      await shown
      table.flush()
    },
  }
}

/** The rows and what scrolls above them; drawn by a timer, however often events come. */
export class HostTable {
  readonly #options: LiveOptions
  readonly #progress = new Progress()
  readonly #screen: Screen
  #above: string[] = []
  #end: readonly string[] = []
  #last = ''
  #timer: NodeJS.Timeout | undefined

  constructor(options: LiveOptions) {
    this.#options = options
    this.#screen = new Screen(options.write)
  }

  event(event: Event): void {
    this.#progress.apply(event, this.#now())
    const lines = this.#options.transcript.lines(event)
    // The recap takes the place of the rows: it is printed when they are gone.
    if (event.type === 'recap') this.#end = lines
    else this.#above.push(...lines)
  }

  start(): void {
    this.#timer = setInterval(() => this.frame(), FRAME_MILLISECONDS)
    // The rows only watch: they never keep the program running.
    this.#timer.unref()
    this.frame()
  }

  /** Draws what changed since the last frame: nothing, when that is nothing. */
  frame(): void {
    const size = this.#options.size()
    const rows = drawRows(this.#progress, size, this.#now(), this.#options.style)
    const drawn = [size.columns, ...rows].join('\n')
    if (this.#above.length === 0 && drawn === this.#last) return
    this.#screen.draw(this.#above, rows, size.columns)
    this.#above = []
    this.#last = drawn
  }

  /** Removes the rows; what scrolled away above them stays. */
  stop(): void {
    clearInterval(this.#timer)
    this.#screen.draw(this.#above, [], this.#options.size().columns)
    this.#above = []
  }

  /** A line above the rows. */
  notice(text: string): void {
    this.#above.push(visible(text))
  }

  /** Prints what belongs below everything, and what came when there were no rows. */
  flush(): void {
    const lines = [...this.#above, ...this.#end]
    this.#above = []
    this.#end = []
    if (lines.length > 0) this.#options.write(`${lines.join('\n')}\n`)
  }

  #now(): number {
    return (this.#options.now ?? (() => performance.now()))()
  }
}

interface RendererOptions {
  readonly table: HostTable
}

/** listr2's view of the table: it says when the rows appear and when they go. */
class HostTableRenderer {
  static readonly nonTTY = true
  static readonly rendererOptions: RendererOptions
  static readonly rendererTaskOptions: never
  readonly #table: HostTable

  constructor(_tasks: unknown, options: RendererOptions) {
    this.#table = options.table
  }

  render(): void {
    this.#table.start()
  }

  end(): void {
    this.#table.stop()
  }
}

// Imported when needed: loading listr2 takes as long as a small check.
async function show(table: HostTable, hosts: readonly string[], finished: Promise<void>): Promise<void> {
  const { Listr } = await import('listr2')
  const tasks = hosts.map((host) => ({ title: host, task: (): Promise<void> => finished }))
  const options = {
    concurrent: true,
    exitOnError: false,
    // Signals belong to the command: listr2 would end the process while hosts still work.
    registerSignalListeners: false,
    renderer: HostTableRenderer,
    rendererOptions: { table },
  } as const
  await new Listr(tasks, options).run()
}
