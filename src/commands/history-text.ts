import type { RunItem } from '../engine/run-log.ts'
import { localTime } from '../report/local-time.ts'
import type { Style } from '../report/style.ts'
import { count, oneLine } from '../report/text.ts'
import { displayWidth, fit } from '../report/width.ts'
import type { FileNow, RunEnd, RunNow } from './host-journal.ts'

/** How a run ended, in the colour of how it ended. */
export function endText(end: RunEnd, style: Style): string {
  if (end === 'done') return style.good(end)
  return end === 'running' ? end : style.bad(end === 'stopped' ? 'stopped by Ctrl-C' : end)
}

/** What a run did on one host, and what can be undone of it. */
export function runText(host: string, run: RunNow, style: Style): string {
  const { items } = run.log
  const failed = items.filter(({ status }) => status === 'failed').length
  const changed = items.filter(({ status }) => status === 'changed').length
  const title = `${style.strong(host)} · changed ${changed}, failed ${failed}, ${endText(run.end, style)}`
  return [title, ...items.flatMap((item) => itemLines(item, run, style)), ...sumLines(run), ''].join('\n')
}

/** What undo leaves as it is: `package nginx   tasks/packages.yaml:4`. */
export function leftLines({ log }: RunNow): readonly string[] {
  const left = log.items.flatMap(({ status, changes, paths, place, made = changes.length }) => {
    const done = status === 'failed' ? changes.slice(0, made) : changes
    return done.filter((what) => !paths.includes(what)).map((what) => ({ what: oneLine(what), place }))
  })
  const column = widest(left.map(({ what }) => what))
  return left.map(({ what, place }) => `${fit(what, column)}   ${place}`)
}

function itemLines(item: RunItem, { files }: RunNow, style: Style): readonly string[] {
  const { time, task, place, status, changes, paths, notify, failure, exit, made = 0 } = item
  const clock = localTime(time * 1000).slice(11)
  const mark = status === 'changed' ? ' ' : style.bad('✖')
  const others = paths.filter((path) => !changes.includes(path))
  const names = [...changes, ...others]
  const column = widest(names.map(oneLine))
  const labels = names.map((what, index) => {
    if (status === 'failed' && exit !== undefined && index >= made && index < changes.length && !paths.includes(what)) {
      return index === made ? `exit ${exit}` : 'not tried'
    }
    const file = paths.includes(what) ? files.find(({ file: { path } }) => path === what) : undefined
    return file ? undoText(file) : 'undo does not reach it'
  })
  return [
    `${mark} ${clock}  ${place}   ${oneLine(task)}${status === 'cut off' ? style.bad('   cut off') : ''}`,
    ...names.map((what, index) => `    ${fit(oneLine(what), column)}   ${style.faint(labels[index]!)}`),
    ...(failure === undefined ? [] : [`    ${style.bad(oneLine(failure))}`]),
    ...(notify.length === 0 || status !== 'changed' ? [] : [`    then: ${notify.join(', ')}`]),
  ]
}

function undoText({ judgement }: FileNow): string {
  switch (judgement.state) {
    case 'as before':
      return 'is as before'
    case 'restorable':
      return 'undo puts it back'
    case 'refused':
      return `undo refuses: ${judgement.why}`
    case 'lost':
      return `undo cannot: ${judgement.why}`
  }
}

function sumLines({ files, owed }: RunNow): readonly string[] {
  const number = (state: FileNow['judgement']['state']): number =>
    files.filter(({ judgement }) => judgement.state === state).length
  const parts = [
    [number('restorable'), 'put back'],
    [number('refused'), 'refused'],
    [number('lost'), 'not possible'],
    [number('as before'), 'as before already'],
  ] as const
  const said = parts.filter(([amount]) => amount > 0).map(([amount, text]) => `${amount} ${text}`)
  return [
    `  undo: ${count(files.length, 'file')}${said.length === 0 ? '' : ` — ${said.join(', ')}`}`,
    ...(owed.length === 0 ? [] : [`  owed now: ${owed.join(', ')}`]),
  ]
}

function widest(texts: readonly string[]): number {
  return Math.min(48, Math.max(0, ...texts.map(displayWidth)))
}
