import { type Finding, faultText, isFault } from '../core/finding.ts'
import type { Event } from '../engine/events.ts'
import { indent } from './changes.ts'
import { cutLine } from './diff.ts'
import { type Look, placeText, title } from './look.ts'
import type { Style } from './style.ts'
import { oneLine, splitLines } from './text.ts'
import { displayWidth, fit, wrap } from './width.ts'

/** Below so many columns what is found stands under what it is about. */
const ROOM_FOR_COLUMNS = 60
/** A subject that takes more than this part of the line does not push the others to the right. */
const LARGEST_SUBJECT = 0.4

const SEEN = 'seen: '
const ARROW = '→ '
/** A DNS record is there to be copied: it stays in one piece, however long. */
const RECORD = /\S\.\S* (\d+ )?(IN )?(A|AAAA|CAA|CNAME|MX|NS|PTR|SRV|TLSA|TXT) /

type Result = Extract<Event, { readonly type: 'result' }>

/** How a finding is marked, the worst first. */
const MARKS: readonly {
  readonly sign: string
  readonly paint: keyof Style
  readonly marks: (finding: Finding) => boolean
}[] = [
  { sign: '✖', paint: 'bad', marks: isFault },
  { sign: '!', paint: 'changed', marks: ({ verdict }) => verdict === 'wrong' },
  { sign: '?', paint: 'changed', marks: ({ verdict }) => verdict === 'unknown' },
  { sign: '✔', paint: 'good', marks: () => true },
]

/** Failed by what was found alone: there is nothing else to say, and the play of the host goes on. */
export function isJudged({ status, failure, findings = [] }: Result): boolean {
  return status === 'failed' && failure !== undefined && failure.message === faultText(findings)
}

/** One block for what a task found: a heading, which the caller may have printed already, and a row for each finding. */
export function findingsBlock(result: Result, verbose: boolean, headed: boolean, look: Look): readonly string[] {
  const rows = findingLines(result, verbose, look)
  if (rows.length === 0 || headed) return rows
  const [worst] = shownOf(result, verbose)
  const { sign, paint } = markOf(worst!)
  const place = placeText(result.place, look)
  return [...title(look.style[paint](sign), result.host, oneLine(result.task), place, look), ...rows]
}

/** What was found wrong, or could not be asked, the worst first: what it is, what was seen, what mends it. `verbose` adds what is right. */
export function findingLines(result: Pick<Result, 'findings'>, verbose: boolean, look: Look): readonly string[] {
  const shown = shownOf(result, verbose)
  const widths = shown.map(({ subject }) => displayWidth(oneLine(subject)))
  const most = Math.floor(look.width * LARGEST_SUBJECT)
  const columns = look.width < ROOM_FOR_COLUMNS ? 0 : Math.max(0, ...widths.filter((width) => width <= most))
  const below = shown.map((finding) => details(finding, look))
  return indent(
    shown.flatMap((finding, index) => {
      // What holds for several, such as both addresses of a host, is told below the last of them.
      const isToldBelow = below[index]!.join('\n') === below[index + 1]?.join('\n')
      return [...rowOf(finding, columns, verbose, look), ...(isToldBelow ? [] : below[index]!)]
    }),
  )
}

function shownOf({ findings = [] }: Pick<Result, 'findings'>, verbose: boolean): readonly Finding[] {
  const shown = verbose ? findings : findings.filter(({ verdict }) => verdict !== 'right')
  return shown.toSorted((a, b) => MARKS.indexOf(markOf(a)) - MARKS.indexOf(markOf(b)))
}

function markOf(finding: Finding): (typeof MARKS)[number] {
  return MARKS.find(({ marks }) => marks(finding))!
}

function rowOf(finding: Finding, columns: number, verbose: boolean, look: Look): readonly string[] {
  const { style, width } = look
  const { sign, paint } = markOf(finding)
  const mark = style[paint](sign)
  const subject = oneLine(finding.subject)
  // A dot stays with the word behind it.
  const text = [oneLine(finding.text), ...remarks(finding, verbose).map((word) => `·\u00a0${word}`)].join(' ')
  const fill = (room: number): readonly string[] => wrap(text, room).map((line) => line.replaceAll('\u00a0', ' '))
  // Two columns for the whole block, two for the sign.
  if (columns === 0) return [`${mark} ${subject}`, ...indent(fill(width - 4))]
  const lines = fill(width - columns - 7)
  const beside = displayWidth(subject) <= columns
  return [
    `${mark} ${beside ? `${fit(subject, columns)}   ${lines[0]}` : subject}`,
    ...indent(beside ? lines.slice(1) : lines, columns + 5),
  ]
}

// Without a word a wrong thing is a required one: the sign says so.
function remarks(finding: Finding, verbose: boolean): readonly string[] {
  const { id, importance, verdict } = finding
  return [
    ...(verdict === 'wrong' && importance !== 'required' ? [importance] : []),
    ...(verdict !== 'right' && verbose ? [id] : []),
  ]
}

function details({ verdict, seen = '', remedy = '' }: Finding, look: Look): readonly string[] {
  if (verdict === 'right') return []
  const room = look.width - 4
  const observed = splitLines(seen).flatMap((line) => wrap(cutLine(line), room - SEEN.length))
  const mend = splitLines(remedy).flatMap((line) => (RECORD.test(line) ? [line] : wrap(line, room - ARROW.length)))
  return indent([...labelled(SEEN, observed), ...labelled(ARROW, mend)])
}

function labelled(label: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => (index === 0 ? label : ' '.repeat(label.length)) + line)
}
