import type { Place } from './error.ts'

/** What a moment of a run is spent on, in the order in which a profile lists it. */
export const PHASES = [
  'start',
  'read',
  'ask',
  'wait',
  'connect',
  'session',
  'lock',
  'survey',
  'plan',
  'look',
  'stream',
  'close',
] as const

export type Phase = (typeof PHASES)[number]

/** Something that took time. Times are in milliseconds since the start of the program. */
export interface Span {
  /** The host that it is about; nothing: the program itself. */
  readonly host: string | undefined
  /** An item has none: its time is that of the phase around it. */
  readonly phase: Phase | undefined
  /** The part of the phase, or the name of the item. */
  readonly name: string
  readonly start: number
  readonly end: number
  /** Where the playbook says it. */
  readonly place?: Place
}

/** The time of a phase, and of its parts where it has several. */
export interface PhaseTime {
  readonly phase: Phase | 'other'
  readonly milliseconds: number
  readonly parts?: { readonly [part: string]: number }
}

export interface HostTime {
  readonly milliseconds: number
  /** They add up to `milliseconds`. */
  readonly phases: readonly PhaseTime[]
  /** How often data came that had to be waited for. */
  readonly turns: number
  readonly bytesUp: number
  readonly bytesDown: number
  /** From the first packet of the TCP connection to its answer. */
  readonly roundTripMilliseconds?: number
  /** What is left of waiting for answers without the round trips: about how long the host worked. */
  readonly hostMilliseconds?: number
}

/** A task on a host, all its items together. */
export interface TaskTime {
  readonly host: string
  readonly task: string
  readonly place: Place
  readonly resource: string
  readonly handler: boolean
  readonly items: number
  readonly milliseconds: number
  /** Of those: spent here on rendering, reads and plans. */
  readonly hereMilliseconds: number
}

/** Where the time of a run went. Times are in milliseconds, with a fraction. */
export interface Profile {
  /** From the start of the program until the last host was left. */
  readonly milliseconds: number
  /** The host that was left last: its phases are among those of the program. */
  readonly last?: string
  /** They add up to `milliseconds`. */
  readonly phases: readonly PhaseTime[]
  readonly cpuMilliseconds: number
  /** How long the program was not waiting for anything. */
  readonly busyMilliseconds: number
  /** The most memory that it had at once. */
  readonly memoryBytes: number
  /** When the first packet went to a host. */
  readonly firstPacketMilliseconds?: number
  /** The slowest first. */
  readonly hosts: readonly ({ readonly host: string } & HostTime)[]
  readonly tasks: readonly TaskTime[]
}
