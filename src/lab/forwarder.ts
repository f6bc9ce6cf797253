/**
 * A TCP forwarder that stands in for a long way: it delays, counts, freezes and cuts.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Lane, type LaneRules } from './lane.ts'

export interface ForwarderOptions {
  /** Where clients connect; port 0 takes any free one. */
  listen?: { host?: string; port?: number }
  target: { host: string; port: number }
  /** The time that a question and its answer need together, beyond what the real network takes. */
  roundTripMilliseconds?: number
}

/** What has passed through. Up is from the client to the target. */
export interface Traffic {
  connections: number
  bytesUp: number
  bytesDown: number
  /**
   * How often the client spoke after it had waited for the target: n questions asked one after the other are n turns,
   * however many packets they take. With a round-trip time set, a client that keeps talking while answers come in does
   * not count, because it cannot have waited: it was never silent for a round trip.
   */
  turns: number
}

export class Forwarder {
  #options: ForwarderOptions
  #server: Server
  #links = new Set<Link>()
  #frozen = false
  #traffic: Traffic = { connections: 0, bytesUp: 0, bytesDown: 0, turns: 0 }
  #turnTimes: number[] = []

  constructor(options: ForwarderOptions) {
    this.#options = options
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
  }

  /** Starts listening, and returns the port. */
  async open(): Promise<number> {
    const { host = '127.0.0.1', port = 0 } = this.#options.listen ?? {}
    this.#server.listen(port, host)
    await once(this.#server, 'listening')
    return this.port
  }

  /** The port that it listens on. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** What has passed since the beginning or the last `reset`. */
  traffic(): Traffic {
    return { ...this.#traffic }
  }

  /** When each of the turns began to pass, in milliseconds of Unix time. */
  turnTimes(): readonly number[] {
    return [...this.#turnTimes]
  }

  /** Counts from zero again; what a client says next on an open connection begins a turn. */
  reset(): void {
    this.#traffic = { connections: 0, bytesUp: 0, bytesDown: 0, turns: 0 }
    this.#turnTimes = []
    for (const link of this.#links) link.spoke = undefined
  }

  /** The round-trip time from now on; what is under way keeps its own. */
  setRoundTrip(milliseconds: number): void {
    this.#options = { ...this.#options, roundTripMilliseconds: milliseconds }
  }

  /** Stops forwarding without closing anything, as when a cable is pulled: neither side hears of it. */
  freeze(): void {
    this.#frozen = true
  }

  /** Forwards again, first of all what was held back. */
  thaw(): void {
    this.#frozen = false
    for (const link of this.#links) for (const lane of link.lanes) lane.flush()
  }

  /** Breaks every open connection, on both sides, with what was under way. New connections are welcome. */
  cut(): void {
    for (const link of this.#links) link.cut()
  }

  /** Breaks what is open and stops listening. */
  async close(): Promise<void> {
    this.cut()
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }

  #accept(client: Socket): void {
    const target = connect({ ...this.#options.target, allowHalfOpen: true })
    const link: Link = {
      answered: true,
      spoke: undefined,
      lanes: [
        new Lane(
          client,
          target,
          this.#rules((bytes) => this.#countUp(link, bytes)),
        ),
        new Lane(
          target,
          client,
          this.#rules((bytes) => this.#countDown(link, bytes)),
        ),
      ],
      cut: () => {
        this.#links.delete(link)
        for (const lane of link.lanes) lane.drop()
        client.resetAndDestroy()
        target.resetAndDestroy()
      },
    }
    this.#traffic.connections++
    this.#links.add(link)
    for (const socket of [client, target]) {
      socket.setNoDelay(true)
      // An error on one side is the end of both: that is what a client of the target itself would have seen.
      socket.on('error', () => link.cut())
    }
    client.on('close', () => target.destroyed && this.#links.delete(link))
    target.on('close', () => client.destroyed && this.#links.delete(link))
  }

  #rules(count: (bytes: number) => void): LaneRules {
    return {
      count,
      delay: () => (this.#options.roundTripMilliseconds ?? 0) / 2,
      frozen: () => this.#frozen,
    }
  }

  #countUp(link: Link, bytes: number): void {
    const now = performance.now()
    const silence = now - (link.spoke ?? Number.NEGATIVE_INFINITY)
    // A little less than a round trip, because timers may fire early.
    const waited = link.answered && silence >= 0.9 * (this.#options.roundTripMilliseconds ?? 0)
    if (waited || link.spoke === undefined) {
      this.#traffic.turns++
      this.#turnTimes.push(Date.now())
    }
    link.answered = false
    link.spoke = now
    this.#traffic.bytesUp += bytes
  }

  #countDown(link: Link, bytes: number): void {
    link.answered = true
    this.#traffic.bytesDown += bytes
  }
}

interface Link {
  /** Whether the target said something since the client last spoke. */
  answered: boolean
  /** When the client last spoke. */
  spoke: number | undefined
  lanes: Lane[]
  cut(): void
}
