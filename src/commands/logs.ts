import { UnreachableError } from '../core/error.ts'
import type { HostAddress } from '../core/task.ts'
import { atOnce } from '../engine/run.ts'
import { QueueStories, queueId } from '../mail/queue-story.ts'
import { harmlessJson } from '../report/json.ts'
import { localTime } from '../report/local-time.ts'
import { createStyle, distinctPaints } from '../report/style.ts'
import { splitLines, visible } from '../report/text.ts'
import { displayWidth, fit } from '../report/width.ts'
import { ExitCode } from './exit-code.ts'
import { FOLLOWING, type JournalLine, type JournalQuestion, parseJournalLine, readJournal } from './journal.ts'
import { type LogFlags, UsageError } from './options.ts'
import { wantsColour } from './output.ts'
import { chooseHosts, unreachableText } from './ping.ts'
import { runOn } from './remote-lines.ts'

/** How many lines of each host are shown where nothing else says which. */
const LINES = 50
const LINES_BEFORE_FOLLOWING = 10

/** `provision logs`: the journal of chasquid; what is there already in order of time, then what comes as it comes. */
export async function logs(pattern: string | undefined, flags: LogFlags): Promise<number> {
  if (typeof flags.output === 'object') {
    throw new UsageError(`--output ${flags.output.document}: logs are shown as text, or with --output json`)
  }
  const { hosts, connect, masker } = await chooseHosts(pattern, flags)
  const question = questionOf(flags)
  const show = flags.output === 'json' ? printJson : printText(hosts)
  const print = (host: HostAddress, line: JournalLine): void =>
    show(host, { ...line, message: masker.mask(line.message) })
  const gathered: { readonly host: HostAddress; readonly line: JournalLine }[] = []
  const codes = new Set<number>()
  const ending = new AbortController()
  const end = (): void => ending.abort()
  // A second Ctrl-C ends this process as it would any other, should a host not let go.
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  // Whoever reads left: `| head`.
  process.stdout.once('error', end)
  await atOnce(question.follow ? hosts.length : flags.forks, hosts, async (host) => {
    const take = question.follow
      ? taking(question.grep, (line) => print(host, line))
      : (line: JournalLine | undefined) => line && gathered.push({ host, line })
    const complain = (text: string): boolean => process.stderr.write(`${visible(masker.mask(text))}\n`)
    try {
      const script = readJournal(question)
      const status = await runOn(host, script, flags, connect, listener(host, take, complain), ending.signal)
      if (status !== 0 && !ending.signal.aborted) {
        complain(`✖ ${host.name} · exit ${status}`)
        codes.add(ExitCode.failed)
      }
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error
      complain(unreachableText(host, error))
      codes.add(ExitCode.unreachable)
    }
  })
  process.off('SIGINT', end)
  process.off('SIGTERM', end)
  process.stdout.off('error', end)
  for (const { host, line } of gathered.toSorted((a, b) => a.line.time - b.line.time)) print(host, line)
  if (!question.follow && gathered.length === 0 && codes.size === 0) {
    process.stderr.write('The journal of chasquid has no such lines.\n')
  }
  if (ending.signal.aborted) return ExitCode.interrupted
  return [ExitCode.failed, ExitCode.unreachable].find((code) => codes.has(code)) ?? ExitCode.done
}

function questionOf({ since, lines, grep, follow = false }: LogFlags): JournalQuestion {
  const usual = follow ? LINES_BEFORE_FOLLOWING : LINES
  return { since, grep, follow, lines: lines ?? (since === undefined && grep === undefined ? usual : undefined) }
}

type Take = (line: JournalLine | undefined, text: string) => void

function listener(host: HostAddress, take: Take, complain: (text: string) => void) {
  return (stream: 'stdout' | 'stderr', text: string): void => {
    if (stream === 'stdout') take(parseJournalLine(text), text)
    else complain(`${host.name}  ${text}`)
  }
}

/** Lines of a journal that is followed: the host has chosen among those that were there, here is chosen among the new ones. */
function taking(grep: string | undefined, print: (line: JournalLine) => void): Take {
  const stories = grep === undefined ? undefined : new QueueStories<JournalLine>(grep)
  let isFollowing = false
  return (line, text) => {
    if (text === FOLLOWING) isFollowing = true
    if (line === undefined) return
    if (!isFollowing) stories?.learn(line)
    for (const meant of stories && isFollowing ? stories.next(line) : [line]) print(meant)
  }
}

function printJson({ name }: HostAddress, { time, message }: JournalLine): void {
  const id = queueId(message)
  const entry = { host: name, time: isoTime(time), message, ...(id === undefined ? {} : { id }) }
  process.stdout.write(`${harmlessJson(entry)}\n`)
}

function printText(hosts: readonly HostAddress[]): (host: HostAddress, line: JournalLine) => void {
  const columns = Math.max(...hosts.map(({ name }) => displayWidth(name)))
  const colour = wantsColour(process.stdout)
  const paints = distinctPaints(hosts.length, colour)
  const names = new Map(hosts.map((host, index) => [host, paints[index]!(fit(host.name, columns))]))
  const { faint } = createStyle(colour)
  return (host, { time, message }) => {
    const start = `${names.get(host)}  ${faint(localTime(time / 1000))}  `
    // What other servers reply may have several lines.
    const lines = splitLines(message).map((line) => `${start}${visible(line)}\n`)
    process.stdout.write(lines.join('') || `${start}\n`)
  }
}

/** In UTC, to the microsecond. */
function isoTime(microseconds: number): string {
  const text = new Date(microseconds / 1000).toISOString()
  return text.replace(/\.\d+Z$/, `.${String(microseconds % 1_000_000).padStart(6, '0')}Z`)
}
