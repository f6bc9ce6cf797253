import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { after, it } from 'node:test'
import { type FaultName, type FaultRow, sortFaults } from '../../scripts/reliability.ts'

const file = join(import.meta.dirname, 'reliability.json')
const test = relative(join(import.meta.dirname, '..'), process.argv[1] ?? '')
const isRecording = process.env.PROVISION_RECORD === '1'
const wheres = new Set<string>()

/** Takes down what a test that causes a fault measures. */
export interface FaultReport {
  /** The fault was caused, so often. */
  injected(times?: number): void
  /** A line that the user saw. Lines that differ in times, names of runs and temporary paths only count as one. */
  saw(line: string): void
  /** What the test has asserted of the host after the next run. */
  after(state: string): void
}

/**
 * Registers a test that causes a fault: its row of docs/reliability.md is what it measures. The test fails where the state
 * afterwards, or the number of points by more than a fifth, differs from what is recorded; with PROVISION_RECORD=1 it is
 * recorded instead.
 *
 * @param kind the fault, and where it strikes: together they are the name of the test, and unique in its file.
 */
export function fault(
  { fault, where }: Pick<FaultRow, 'fault' | 'where'>,
  run: (report: FaultReport) => void | Promise<void>,
): void {
  wheres.add(key({ fault, where }))
  it(`${fault}: ${where}`, async () => {
    let points = 0
    const saw = new Set<string>()
    const states = new Set<string>()
    await run({
      injected: (times = 1) => {
        points += times
      },
      saw: (line) => saw.add(normal(line)),
      after: (state) => states.add(state),
    })
    assert.ok(
      points > 0 && saw.size > 0 && states.size > 0,
      'the test has to report points, what was seen, and the end',
    )
    const row = { fault, where, points, saw: [...saw].toSorted(), after: [...states].join('; '), test }
    if (isRecording) return record(row)
    const recorded = rows().find((one) => one.test === test && key(one) === key(row))
    const again = 'measured and recorded differ: again with PROVISION_RECORD=1, then npm run docs'
    assert.equal(row.after, recorded?.after, again)
    // How many words a host says about a change, and which of two messages is first, is a matter of moments.
    assert.ok(
      Math.abs(points - (recorded?.points ?? 0)) <= points / 5,
      `${points} points, recorded ${recorded?.points}: ${again}`,
    )
  })
}

after(() => {
  const gone = rows().filter((row) => row.test === test && !wheres.has(key(row)))
  if (isRecording) write(rows().filter((row) => !gone.includes(row)))
  else assert.deepEqual(gone, [], 'recorded, and caused by no test any more: again with PROVISION_RECORD=1')
})

function key({ fault, where }: { readonly fault: FaultName; readonly where: string }): string {
  return `${fault}: ${where}`
}

function rows(): readonly FaultRow[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as FaultRow[]) : []
}

function record(row: FaultRow): void {
  write([...rows().filter((one) => one.test !== row.test || key(one) !== key(row)), row])
}

function write(all: readonly FaultRow[]): void {
  writeFileSync(file, `${JSON.stringify(sortFaults(all), undefined, 2)}\n`)
}

/** The line without what is different at every run. */
function normal(line: string): string {
  return line
    .replaceAll(/\d{8}T\d{6}Z-[\da-f]{4}/g, 'RUN')
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?/g, 'TIME')
    .replaceAll(/(?<=^|\W)\/tmp\/[\w-]+\//g, '')
    .replaceAll(/\bprocess \d+/g, 'process N')
    .replaceAll(/\b[\d.]+ (?=(s|ms|min) ago\b)/g, 'N ')
    .replaceAll(/(?<=after )[\d.]+ (?=m?s\b)/g, 'N ')
    .replaceAll(/[\w.-]+@[\w.-]+(?=, provision )/g, 'anna@laptop')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ [\d.]+ m?s$/g, '')
    .trim()
}
