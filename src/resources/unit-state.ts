import { type Batch, inBatch, unsplit } from '../core/batch.ts'
import { type Script, sh } from '../core/shell.ts'

/** What systemd says about a unit: `systemctl show`, org.freedesktop.systemd1(5). */
export interface UnitState {
  /** The unit's own name, where it was asked for by an alias. */
  readonly id: string
  /** `loaded`, `not-found`, `masked`, `bad-setting`, `error`. */
  readonly load: string
  /** `active`, `inactive`, `failed`, `activating`, `deactivating`, `reloading`. */
  readonly active: string
  /** `enabled`, `disabled`, `static`, `masked`, …; empty where there is no unit file. */
  readonly file: string
  /** Its files have changed since systemd read them. */
  readonly isStale: boolean
}

/** The read: one process, however many units and properties. */
export function readUnits(...units: readonly string[]): Script {
  return inBatch(ask(units), states, units)
}

function ask(units: readonly string[]): Script {
  return sh`if command -v systemctl >/dev/null; then systemctl show -p Id -p LoadState -p ActiveState -p UnitFileState -p NeedDaemonReload -- ${units}; fi`
}

const states: Batch<readonly string[]> = {
  ask: (lists) => ask([...new Set(lists.flat())]),
  split(output, lists) {
    if (output === '') return lists.map(() => '')
    const units = [...new Set(lists.flat())]
    const blocks = output.split(/\n(?=\n)/)
    if (blocks.length !== units.length || !output.endsWith('\n')) return unsplit(lists)
    const byUnit = new Map(units.map((unit, index) => [unit, `${blocks[index]?.trim()}\n`]))
    return lists.map((names) => names.map((name) => byUnit.get(name)).join('\n'))
  },
}

/** Parses an answer to `readUnits`: the units in the same order, none on a host without systemd. */
export function parseUnits(answer: string): UnitState[] {
  return answer
    .split(/\n{2,}/)
    .filter((block) => block.includes('LoadState='))
    .map(parseUnit)
}

function parseUnit(block: string): UnitState {
  const values = new Map(block.split('\n').map((line) => line.split(/=(.*)/s, 2) as [string, string]))
  return {
    id: values.get('Id') ?? '',
    load: values.get('LoadState') ?? '',
    active: values.get('ActiveState') ?? '',
    file: values.get('UnitFileState') ?? '',
    isStale: values.get('NeedDaemonReload') === 'yes',
  }
}

/** Whether it runs. */
export function isRunning({ active }: UnitState): boolean {
  return active === 'active' || active === 'reloading' || active === 'refreshing'
}
