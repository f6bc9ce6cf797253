import type { Socket } from 'node:net'
import type { HostTime, Phase, Span } from '../core/profile.ts'
import type { Event } from '../engine/events.ts'
import type { Connection } from '../engine/sessions.ts'
import type { ConnectStep } from '../host/options.ts'
import type { Reached } from '../host/reach.ts'
import { timedSession } from './profile-session.ts'
import { account, tenths } from './profile-sum.ts'

/** What a profile learns of one host while a run goes on. */
export class HostWatch {
  readonly name: string
  /** When the first packet went to it. */
  firstPacket: number | undefined
  readonly #spans: Span[]
  readonly #reached: Reached[] = []
  readonly #lines: Line[] = []
  #sessions = 0
  #step: { readonly step: ConnectStep | 'modules'; readonly start: number } | undefined
  #roundTrip: number | undefined
  #begin: number | undefined
  #end = 0
  #waitsSince: number | undefined

  constructor(name: string, spans: Span[]) {
    this.name = name
    this.#spans = spans
  }

  /** It is a host of the run, and no jump host. */
  get isUsed(): boolean {
    return this.#begin !== undefined
  }

  get end(): number {
    return this.#end
  }

  mark(step: ConnectStep | 'modules', socket?: Socket): void {
    const now = performance.now()
    const before = this.#step
    if (before && before.step !== 'connected') this.#took('connect', before.step, before.start, now)
    this.#step = { step, start: now }
    if (step === 'tcp') this.firstPacket ??= now
    if (before?.step === 'tcp' && step === 'key exchange') this.#roundTrip ??= now - before.start
    if (socket) this.#lines.push(countLine(socket))
  }

  async connect(reach: () => Promise<Reached>): Promise<Connection> {
    this.#begin ??= performance.now()
    this.mark('modules')
    try {
      const reached = await reach()
      this.#reached.push(reached)
      const took = this.#took.bind(this)
      return {
        session: async (become) => {
          this.#sessions++
          const start = performance.now()
          try {
            return timedSession(await reached.session(become), took)
          } finally {
            took('session', become ?? 'login', start)
          }
        },
        close: async () => {
          const start = performance.now()
          await reached.close()
          took('close', 'close', start)
        },
      }
    } finally {
      this.mark('connected')
    }
  }

  /** A play begins, in which it has to wait for its turn. */
  wait(): void {
    this.#waitsSince ??= performance.now()
  }

  note(event: Event): void {
    const now = performance.now()
    if (this.#waitsSince !== undefined && event.type === 'host') {
      // From what it did last: until the play began other hosts were waited for, too.
      const since = this.#end > 0 ? this.#end : this.#waitsSince
      this.#waitsSince = undefined
      this.#took('wait', 'for other hosts', since)
    }
    this.#begin ??= now
    this.#end = now
  }

  sum(): { readonly host: string } & HostTime {
    const begin = this.#begin ?? 0
    const own = this.#spans.filter(({ host }) => host === this.name)
    const phases = account(own, begin, this.#end)
    const counts = this.#lines.length > 0 ? this.#lines.map((line) => line()) : this.#reached.map(({ stats }) => stats)
    const total = (key: keyof Counts): number => counts.reduce((sum, count) => sum + count[key], 0)
    const turns = this.#reached.reduce((sum, { stats }) => sum + stats.turns, this.#sessions)
    const answers = phases.filter(({ phase }) => phase === 'session' || phase === 'survey' || phase === 'stream')
    const waited = answers.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
    const trip = this.#roundTrip
    return {
      host: this.name,
      milliseconds: tenths(this.#end - begin),
      phases,
      turns: total('turns'),
      bytesUp: total('bytesUp'),
      bytesDown: total('bytesDown'),
      ...(trip === undefined
        ? {}
        : { roundTripMilliseconds: tenths(trip), hostMilliseconds: tenths(Math.max(0, waited - turns * trip)) }),
    }
  }

  #took(phase: Phase, name: string, start: number, end = performance.now()): void {
    this.#end = end
    this.#spans.push({ host: this.name, phase, name, start, end })
  }
}

interface Counts {
  readonly turns: number
  readonly bytesUp: number
  readonly bytesDown: number
}

/** Asks a connection what went over it. */
type Line = () => Counts

/** Counts as a turn whatever comes after something was sent. */
function countLine(socket: Socket): Line {
  let turns = 0
  let sent = 0
  socket.on('data', () => {
    if (socket.bytesWritten === sent) return
    sent = socket.bytesWritten
    turns++
  })
  return () => ({ turns, bytesUp: socket.bytesWritten, bytesDown: socket.bytesRead })
}
