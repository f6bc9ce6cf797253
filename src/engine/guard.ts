import { basename } from 'node:path'
import { GUARD_SECONDS, type Guard, type StepGuard, type TaskGuard } from '../core/guard.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'
import { changesOf, type Unit, type Verdict } from './unit.ts'

/** A unit whose changes are made under a dead-man switch. */
export interface Guarded {
  /** Units with the same one are proven together. */
  readonly span: object
  readonly seconds: number
  readonly addresses: readonly string[]
  readonly step: StepGuard
}

/** Which of the units that a stream is to carry out are guarded: by their resource, or because the playbook asks for it. */
export function guardsOf(units: readonly Unit[], verdicts: ReadonlyMap<number, Verdict>): ReadonlyMap<number, Guarded> {
  const found = units.flatMap((unit) => {
    const { task, item } = unit
    const verdict = verdicts.get(unit.number)
    if (task.guard === false || verdict === undefined || changesOf(verdict).length === 0) return []
    const own = item.resource.guard?.(item.params, verdict.answers)
    if (own === undefined && task.guard === undefined) return []
    return [{ unit, own, span: task.guard ?? task, seconds: task.guard?.seconds ?? GUARD_SECONDS }]
  })
  const last = new Map(found.map(({ span, unit }) => [span, unit]))
  return new Map(
    found.map(({ unit, own, span, seconds }) => {
      const arm = armScript(own, unit.task.guard || undefined, seconds, labelOf(unit))
      const step = { arm, last: last.get(span) === unit }
      return [unit.number, { span, seconds, addresses: own?.addresses ?? [], step }]
    }),
  )
}

function labelOf({ task: { place } }: Unit): string {
  return `${basename(place.file)}:${place.line}`
}

function armScript(own: Guard | undefined, asked: TaskGuard | undefined, seconds: number, label: string): Script {
  return joinScripts(
    [
      sh`guard_begin ${label}`,
      ...(own?.files ?? []).map((file) => sh`guard_file ${file}`),
      ...(asked?.restore ?? []).map((text) => sh`guard_reload ${text}`),
      ...(own?.reload ? [sh`guard_reload ${own.reload.reveal()} ${own.boot?.reveal() ?? ''}`] : []),
      sh`guard_arm ${seconds}`,
    ],
    ' && ',
  )
}
