import type { Event, ItemRef } from '../engine/events.ts'
import { indent } from './changes.ts'
import { checkScreen } from './check-screen.ts'
import { failureLines, unreachableLines } from './failure.ts'
import { findingLines, findingsBlock, isJudged } from './findings.ts'
import { type Look, title } from './look.ts'
import { profileLines } from './profile.ts'
import { inOrder, recapLines } from './recap.ts'
import { detailLines, type LineShape, messageLines, resultLine } from './result-line.ts'
import { splitLines } from './text.ts'
import { displayWidth } from './width.ts'

type Result = Extract<Event, { readonly type: 'result' }>
type Output = Extract<Event, { readonly type: 'output' }>
type Profile = Extract<Event, { readonly type: 'profile' }>

/** Characters of a line before it is shown though it has not ended. */
const LONGEST = 65_536

export interface TranscriptOptions {
  /** The look at this moment: a terminal may change its size. */
  readonly look: () => Look
  /** 0: what matters. 1: also what is as wanted or skipped, and the scripts. 2: also what commands print. */
  readonly verbosity: number
  /** Changes are listed below their task while they are made; in a check they always are. */
  readonly details: boolean
  readonly truncated: boolean
  /** The command line that started this run, to be typed again. */
  readonly command: string
}

/** Turns events into the lines that stay on the screen: as they happen, and in a check host by host at the end. */
export class Transcript {
  readonly #options: TranscriptOptions
  readonly #results = new Map<string, Result[]>()
  readonly #partial = new Map<string, string>()
  /** Formats of the documents that tasks made. */
  readonly #formats = new Set<string>()
  #hosts: readonly string[] = []
  #check = false
  #empty = true
  /** The item whose heading stands above the last lines. */
  #headed = ''
  #probes = false
  #others = false
  #profile: Profile | undefined

  constructor(options: TranscriptOptions) {
    this.#options = options
  }

  /** The lines that an event adds, without their newlines. The event's text must be `visible` already. */
  lines(event: Event): readonly string[] {
    const lines = this.#lines(event)
    if (lines.length > 0) this.#empty = false
    return lines
  }

  #lines(event: Event): readonly string[] {
    const look = this.#options.look()
    switch (event.type) {
      case 'start':
        this.#hosts = event.hosts
        this.#check = event.check
        return []
      case 'result':
        if (event.findings) this.#probes = true
        else if (event.status !== 'skipped') this.#others = true
        return [...this.#rest(event), ...this.#result(event, look)]
      case 'message':
        this.#headed = splitLines(event.text).length > 1 ? itemOf(event) : ''
        return messageLines(event, this.#shape(), look)
      case 'output':
        return this.#options.verbosity < 2 ? [] : this.#output(event)
      case 'unreachable':
        return unreachableLines(event, look)
      case 'notice':
        return title('·', event.host, event.text, '', look)
      case 'profile':
        this.#profile = event
        return []
      case 'recap':
        return [...this.#recap(event, look), ...(this.#profile ? ['', ...profileLines(this.#profile, look)] : [])]
      case 'document':
        this.#formats.add(event.format)
        return []
      case 'play':
      case 'host':
      case 'item':
        return []
    }
  }

  #result(result: Result, look: Look): readonly string[] {
    const verbose = this.#options.verbosity > 0
    // An item says what it has to say right before its result: nothing of another one comes between.
    const headed = this.#headed === itemOf(result)
    this.#headed = ''
    if ((result.status === 'ok' && result.findings) || (headed && isJudged(result))) {
      return findingsBlock(result, verbose, headed, look)
    }
    if (result.status === 'failed') {
      return [...failureLines(result, verbose, look), ...(verbose ? detailLines(result, look) : [])]
    }
    if (this.#check) {
      const results = this.#results.get(result.host)
      if (results) results.push(result)
      else this.#results.set(result.host, [result])
      return []
    }
    const quiet = result.status === 'ok' || result.status === 'skipped'
    if (quiet && !verbose) return []
    return [
      resultLine(result, this.#shape(), look),
      ...(this.#options.details ? detailLines(result, look) : []),
      ...indent(findingLines(result, verbose, look)),
    ]
  }

  #recap(recap: Extract<Event, { readonly type: 'recap' }>, look: Look): readonly string[] {
    const screens = recap.check ? this.#screens(recap, look) : []
    const { command } = this.#options
    const run = { order: this.#hosts, command, formats: [...this.#formats], onlyProbes: this.#probes && !this.#others }
    const end = recapLines(recap, run, look)
    return this.#empty && screens.length === 0 ? end : [...screens, '', ...end]
  }

  // A blank line around every host that has something to say; those that are as wanted stand together.
  #screens(recap: Extract<Event, { readonly type: 'recap' }>, look: Look): readonly string[] {
    const lines: string[] = []
    let alone = !this.#empty
    for (const [host, counts] of inOrder(recap, this.#hosts)) {
      const results = this.#results.get(host) ?? []
      // What probes found has been told already.
      if (results.length === 0 && (counts.unreachable || counts.findings)) continue
      const screen = checkScreen(host, results, counts, look, this.#options.verbosity > 0)
      if (alone || (lines.length > 0 && screen.length > 1)) lines.push('')
      lines.push(...screen)
      alone = screen.length > 1
    }
    return lines
  }

  // Output comes in pieces: whole lines are shown, the rest waits for its end.
  #output(event: Output): readonly string[] {
    const key = `${event.stream} ${event.host}`
    const pieces = ((this.#partial.get(key) ?? '') + event.text).split('\n')
    // A line that never ends must not fill the memory.
    const rest = (pieces.at(-1)?.length ?? 0) > LONGEST ? '' : pieces.pop()
    this.#partial.set(key, rest ?? '')
    return pieces.map((line) => this.#outputLine(event.host, line))
  }

  #rest(result: Result): readonly string[] {
    return ['stdout', 'stderr'].flatMap((stream) => {
      const key = `${stream} ${result.host}`
      const text = this.#partial.get(key) ?? ''
      this.#partial.delete(key)
      return text === '' ? [] : [this.#outputLine(result.host, text)]
    })
  }

  #outputLine(host: string, text: string): string {
    return `${host}  ${this.#options.look().style.faint('│')} ${text.replace(/␍$/, '')}`
  }

  #shape(): LineShape {
    const widest = Math.max(0, ...this.#hosts.map(displayWidth))
    const most = Math.max(8, Math.floor(this.#options.look().width / 4))
    return { hostColumns: Math.min(widest, most), truncated: this.#options.truncated }
  }
}

function itemOf({ host, task, place }: ItemRef): string {
  return [host, place.file, place.line, task].join('\n')
}
