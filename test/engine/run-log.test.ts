import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HostError } from '../../src/core/error.ts'
import { parseRunLog } from '../../src/engine/run-log.ts'

const record = { task: 'A file', place: 'site.yaml:3', resource: 'file', changes: ['/etc/x'], notify: ['restart x'] }
const run = 'run\t1700000000\t{"who":"anna@laptop","playbook":"site.yaml"}\t4711 99'
const begin = `begin\t1700000001\t${JSON.stringify(record)}`
const sum = 'a'.repeat(64)

function logOf(...lines: readonly string[]): ReturnType<typeof parseRunLog> {
  return parseRunLog(`${lines.join('\n')}\n`)
}

describe('the log of a run', () => {
  it('tells who ran what, and how that ended', () => {
    const { items, files, ...rest } = logOf(run, begin, 'changed', 'end\t1700000009\tdone')
    assert.deepEqual(rest, { time: 1_700_000_000, who: 'anna@laptop', playbook: 'site.yaml', end: 'done' })
    assert.deepEqual(items, [{ ...record, time: 1_700_000_001, status: 'changed', paths: [] }])
    assert.deepEqual(files, [])
  })

  it('tells of each path its first old version, and what was written last', () => {
    const { items, files } = logOf(
      run,
      begin,
      'kept\t/etc/a\\\\n b\\t\\n\t1\t4\tfile\t/etc',
      `wrote\t/etc/a\\\\n b\\t\\n\tfile\t${sum}`,
      'kept\t/etc/gone\t-\t0\tabsent\t-',
      'changed',
      begin,
      'wrote\t/etc/a\\\\n b\\t\\n\tlink\tb\\n',
      'failed\t1\t7',
    )
    const awkward = '/etc/a\\n b\t\n'
    assert.deepEqual(files, [
      { path: awkward, kind: 'file', copy: 1, bytes: 4, directory: '/etc', wrote: { kind: 'link', target: 'b\n' } },
      { path: '/etc/gone', kind: 'absent', copy: undefined, bytes: 0, directory: undefined, wrote: undefined },
    ])
    assert.deepEqual(
      items.map(({ status, exit, made, paths }) => ({ status, exit, made, paths })),
      [
        { status: 'changed', exit: undefined, made: undefined, paths: [awkward] },
        { status: 'failed', exit: 7, made: 1, paths: [awkward] },
      ],
    )
  })

  it('an item that changed and did not come about has failed', () => {
    const failure = 'did not converge: x'
    const { items } = logOf(run, begin, 'changed', `unfinished\t1700000002\t${JSON.stringify({ ...record, failure })}`)
    assert.deepEqual([items[0]?.status, items[0]?.failure], ['failed', failure])
  })

  it('an item that nobody ended was cut off, and so was a line', () => {
    const { items, end } = parseRunLog(`${run}\n${begin}\nkept\t/etc/x\t1`)
    assert.deepEqual([items[0]?.status, items[0]?.paths, end], ['cut off', [], undefined])
    assert.equal(logOf(run, begin, '\0\0\0').items.length, 1)
  })

  for (const [what, lines] of Object.entries({
    'a line of another kind': ['run away', begin],
    'an item that is no JSON': ['begin\t1\t{', begin],
    'an item without a name': ['begin\t1\t{"task":1}', begin],
    'an end of an item that never began': ['changed', begin],
    'a path that was never kept': [`wrote\t/etc/x\tfile\t${sum}`, begin],
    'a sum that is none': [begin, 'kept\t/x\t1\t4\tfile\t/', 'wrote\t/x\tfile\tzz', begin],
  })) {
    it(`${what} is refused`, () => {
      assert.throws(() => logOf(run, ...lines), HostError)
    })
  }

  it('without a beginning is refused', () => {
    assert.throws(() => parseRunLog(''), HostError)
  })
})
