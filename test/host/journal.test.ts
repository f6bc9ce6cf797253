import assert from 'node:assert/strict'
import { existsSync, lstatSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { StepRecord } from '../../src/core/session.ts'
import { joinScripts, type Script, sh } from '../../src/core/shell.ts'
import { Recorder, shells, step, TestSession } from './shells.ts'

const ID = '20260131T100000Z-3fa9'
const run = {
  id: ID,
  who: 'anna@laptop',
  playbook: 'site.yaml',
  mask: (text: string) => text.replace('hunter2', '‹secret›'),
}
const record: StepRecord = { task: 'A file', place: 'site.yaml:3', resource: 'file', changes: ['/etc/x'], notify: [] }

/** A session whose changes belong to a run, and what its host writes down. */
class Recorded extends TestSession {
  readonly runs = join(this.home, '.local/state/provision/runs')
  readonly directory = join(this.runs, ID)

  constructor(shell: readonly string[] = ['dash']) {
    super(shell)
    this.session.record(run)
  }

  path(name: string): string {
    return join(this.home, name)
  }

  /** The lines of the log, without what differs from run to run: times, the home, sums as the first six digits. */
  get log(): string[] {
    return readFileSync(join(this.directory, 'log'), 'utf8')
      .trimEnd()
      .replaceAll(this.home, '~')
      .replaceAll(/\t\d{10}\b/g, '\tTIME')
      .replace(/\t\d+ \d+$/m, '\tSHELL')
      .replaceAll(/\b([0-9a-f]{6})[0-9a-f]{58}\b/g, '$1')
      .split('\n')
  }

  kept(copy: number): string {
    return readFileSync(join(this.directory, 'files', String(copy)), 'utf8')
  }

  /** Carries out one step for each change. */
  async change(...changes: readonly (readonly [Script, Partial<StepRecord>?])[]): Promise<Recorder> {
    const recorder = new Recorder()
    const steps = changes.map(([change, more], item) => {
      return step(item, [], [change], { record: { ...record, ...more }, ignoreErrors: true })
    })
    await this.session.stream(steps, recorder.onFrame)
    return recorder
  }
}

for (const shell of shells) {
  const [name] = shell

  test(`${name}: a run writes down what it changes, and keeps what it replaces`, async () => {
    const test = new Recorded(shell)
    const path = test.path('x')
    await test.ask(sh`cd && echo old >x && chmod 640 x && ln -s x link`)
    const quiet = await test.change()
    assert.deepEqual([quiet.summary, existsSync(test.runs)], [[], false], 'a run that changes nothing leaves nothing')
    await test.change(
      [sh`place_file ${path} text=new`, { task: 'with hunter2' }],
      [sh`place_file ${path} text=newer`],
      [sh`place_file ${test.path('y')} text=new`],
      [sh`remove_file ${test.path('link')} ${test.path('none')}`],
      [sh`keep_file ${path} && ln -sfnT y ${path}`],
    )
    test.session.note('end', 'done')
    await test.ask(sh`:`)
    const begin = (task = 'A file'): string => `begin\tTIME\t${JSON.stringify({ ...record, task })}`
    assert.deepEqual(test.log, [
      'run\tTIME\t{"who":"anna@laptop","playbook":"site.yaml"}\tSHELL',
      begin('with ‹secret›'),
      'kept\t~/x\t1\t4\tfile\t~',
      'wrote\t~/x\tfile\t11507a',
      'changed',
      begin(),
      'wrote\t~/x\tfile\t804f51',
      'changed',
      begin(),
      'kept\t~/y\t-\t0\tabsent\t~',
      'wrote\t~/y\tfile\t11507a',
      'changed',
      begin(),
      'kept\t~/link\t3\t0\tlink\t~',
      'kept\t~/none\t-\t0\tabsent\t~',
      'wrote\t~/link\tabsent',
      'wrote\t~/none\tabsent',
      'changed',
      begin(),
      'wrote\t~/x\tlink\ty',
      'changed',
      'end\tTIME\tdone',
    ])
    assert.deepEqual(readdirSync(test.directory), ['files', 'log'])
    assert.equal(test.kept(1), 'old\n')
    assert.equal(statSync(join(test.directory, 'files/1')).mode & 0o7777, 0o640)
    assert.ok(lstatSync(join(test.directory, 'files/3')).isSymbolicLink())
    for (const directory of [test.runs, test.directory, join(test.directory, 'files')]) {
      assert.equal(statSync(directory).mode & 0o777, 0o700, directory)
    }
    await test.close()
  })

  test(`${name}: names with every awkward character, a folder, a failed item`, async () => {
    const test = new Recorded(shell)
    const awkward = test.path('a \\n b\t\n\'"$x\n')
    await test.ask(sh`cd && printf old >${awkward} && mkdir -p folder/below && printf deep >folder/below/x`)
    const recorder = await test.change(
      [sh`remove_file ${awkward} && place_file ${awkward} text=new`],
      [sh`keep_file ${awkward} && mv -fT -- ${awkward} ${test.path('moved')}`],
      [sh`remove_directory ${test.path('folder')}`],
      [sh`exit 7`],
      [sh`exit 8`, { idle: true }],
      [sh`:`, { idle: true }],
    )
    assert.deepEqual(
      recorder.summary.filter((line) => line.startsWith('done')),
      ['done 0 0', 'done 1 0', 'done 2 0', 'done 3 7', 'done 4 8', 'done 5 0'],
    )
    const word = '~/a \\\\n b\\t\\n\'"$x\\n'
    const begin = `begin\tTIME\t${JSON.stringify(record)}`
    assert.deepEqual(test.log.slice(1), [
      begin,
      `kept\t${word}\t1\t3\tfile\t~`,
      `wrote\t${word}\tfile\t11507a`,
      `wrote\t${word}\tfile\t11507a`,
      'changed',
      begin,
      `wrote\t${word}\tabsent`,
      'changed',
      begin,
      'kept\t~/folder\t2\t12288\tdirectory\t~',
      'wrote\t~/folder\tabsent',
      'changed',
      begin,
      'failed\t0\t7',
      begin,
      'failed\t0\t8',
    ])
    assert.equal(readFileSync(join(test.directory, 'files/2/below/x'), 'utf8'), 'deep')
    await test.close()
  })

  test(`${name}: what is too large is not kept, and what cannot be kept is not replaced`, async () => {
    const test = new Recorded(shell)
    await test.ask(sh`cd && truncate -s ${10 * 1024 * 1024 + 1} large && printf old >x`)
    await test.change([sh`place_file ${test.path('large')} text=small`])
    assert.deepEqual(test.log.slice(2, 4), ['kept\t~/large\t-\t0\tlarge\t~', 'wrote\t~/large\tfile\t81db8e'])
    const impossible = sh`mkdir() { echo 'no space' >&2; return 1; }; place_file ${test.path('x')} text=new`
    const recorder = await test.change([impossible])
    assert.match(recorder.output('stderr'), /no space\nthe old version cannot be kept, so .*\/x stays as it is\n/)
    assert.equal(readFileSync(test.path('x'), 'utf8'), 'old')
    await test.close()
  })

  test(`${name}: the oldest of 50 runs goes first, and the one that is being undone stays`, async () => {
    const test = new Recorded(shell)
    const names = Array.from({ length: 52 }, (_, number) => `20250101T0000${String(number + 10)}Z-0000`)
    const make = names.map((old, number) => sh`mkdir ${old} && touch -d ${`@${number}`} ${old}`)
    await test.ask(sh`mkdir -p ${test.runs} && cd ${test.runs} && { ${joinScripts(make)}
}`)
    test.session.record({ ...run, playbook: `undo ${names[0]}` })
    await test.change([sh`:`])
    assert.deepEqual(readdirSync(test.runs), [names[0], ...names.slice(3), ID])
    await test.close()
  })

  test(`${name}: where the journal cannot be written, nothing is changed`, async () => {
    const test = new Recorded(shell)
    writeFileSync(test.path('.local'), 'in the way')
    const recorder = await test.change([sh`: >~/ran`])
    assert.match(recorder.output('stderr'), /the journal of this run cannot be written, so nothing is changed\n$/)
    assert.deepEqual(recorder.summary.slice(0, 2), ['turn 0', 'done 0 1'])
    assert.ok(!existsSync(test.path('ran')))
    await test.close()
  })
}

test('outside of runs nothing is kept', async () => {
  const test = new TestSession()
  const path = join(test.home, 'x')
  await test.session.stream([step(0, [], [sh`place_file ${path} text=new && remove_file ${path}`])], () => undefined)
  assert.ok(!existsSync(join(test.home, '.local')))
  await test.close()
})
