import type { Event } from '../engine/events.ts'
import { isJudged } from './findings.ts'

/** What the row of a host shows. */
export interface HostRow {
  readonly host: string
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'unreachable'
  /** Items that ended, and items expected so far (0: not known yet). */
  readonly ended: number
  readonly total: number
  /** The current task, or what the host is busy with. */
  readonly doing: string
  /** When it began with that, in milliseconds of the reporter's clock. */
  readonly since: number
  readonly changed: number
  /** The first task that failed by what it found: the play goes on to its end, and the host fails there. */
  readonly fault?: string
}

/** What is known of a run that goes on, gathered from its events. */
export class Progress {
  readonly #rows = new Map<string, HostRow>()
  #playbook = ''
  #play = ''
  #check = false
  #started = 0

  get title(): string {
    return [this.#playbook, this.#play, this.#check ? 'check' : ''].filter((part) => part !== '').join(' · ')
  }

  get check(): boolean {
    return this.#check
  }

  get started(): number {
    return this.#started
  }

  /** Rows in the order of the inventory. */
  get rows(): readonly HostRow[] {
    return [...this.#rows.values()]
  }

  /** @param now In milliseconds, of any clock that only goes forward. */
  apply(event: Event, now: number): void {
    if (event.type === 'start') {
      this.#playbook = playbookName(event.playbook)
      this.#check = event.check
      this.#started = now
      for (const host of event.hosts) this.#rows.set(host, waiting(host, now))
    } else if (event.type === 'play') {
      this.#play = event.play
    } else if (event.type !== 'recap' && event.type !== 'profile') {
      const row = this.#rows.get(event.host) ?? waiting(event.host, now)
      this.#rows.set(event.host, next(row, event, now))
    }
  }
}

type HostEvent = Exclude<Event, { readonly type: 'start' | 'play' | 'profile' | 'recap' }>

function next(row: HostRow, event: HostEvent, now: number): HostRow {
  switch (event.type) {
    case 'host': {
      const total = Math.max(event.total ?? row.total, row.ended)
      return { ...row, state: resumed(row), total, doing: event.activity, since: now }
    }
    case 'item':
      return { ...row, state: resumed(row), doing: event.task, since: now }
    case 'unreachable':
      return { ...row, state: 'unreachable', doing: event.message, since: now }
    case 'result':
      return ended(row, event, now)
    case 'output':
    case 'notice':
    case 'message':
    case 'document':
      return row
  }
}

function ended(row: HostRow, event: Extract<Event, { readonly type: 'result' }>, now: number): HostRow {
  const changes = event.status === 'changed' || event.status === 'would change'
  const counted = { ...row, ended: row.ended + 1, changed: row.changed + (changes ? 1 : 0), since: now }
  if (event.status === 'failed' && !isJudged(event)) return { ...counted, state: 'failed', doing: event.task }
  const fault = row.fault ?? (event.status === 'failed' ? event.task : undefined)
  const all = row.state !== 'failed' && counted.total > 0 && counted.ended >= counted.total
  if (fault !== undefined)
    return { ...counted, fault, ...(all ? { state: 'failed', doing: fault } : { state: resumed(row) }) }
  return all ? { ...counted, state: 'done', doing: 'done' } : { ...counted, state: resumed(row) }
}

// A host that failed stays marked while its handlers or the rest of a play still run.
function resumed(row: HostRow): HostRow['state'] {
  return row.state === 'failed' || row.state === 'unreachable' ? row.state : 'running'
}

function waiting(host: string, now: number): HostRow {
  return { host, state: 'waiting', ended: 0, total: 0, doing: '', since: now, changed: 0 }
}

function playbookName(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.ya?ml$/, '')
}
