import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import type { Report, Work } from '../../src/core/control.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { Task } from '../../src/core/task.ts'
import { actsInto, fault, work } from './control-tasks.ts'
import { play, type Ran, task } from './play.ts'

const root = mkdtempSync(join(tmpdir(), 'provision-acts-'))
after(() => rmSync(root, { recursive: true }))
let number = 0
let folder = root
beforeEach(() => {
  folder = mkdtempSync(join(root, `${number++}-`))
})
const at = (name: string): string => join(folder, name)

const write = (name: string): Task => task(name, { params: { path: at(name), text: 'x' } })
const acted = (): string =>
  existsSync(at('acts')) ? readFileSync(at('acts'), 'utf8').trim().replaceAll('\n', ' ') : ''
const resultsOf = ({ events }: Ran) => events.filter((event) => event.type === 'result')

/** A task that acts: each act writes down its name; one named `fails` fails. */
function act(name: string, acts: readonly string[], more: Report = {}, fields: Parameters<typeof work>[2] = {}): Task {
  return work(name, async () => ({ ...more, acts: actsInto(at('acts'), acts) }), fields)
}

describe('what acts from the controller', () => {
  it('does so in order, and stops at what fails', async () => {
    const ran = await play([act('first', ['one', 'two']), act('second', ['three', 'fails', 'never']), write('never')])
    assert.deepEqual(ran.results, ['changed first', 'failed second'])
    assert.equal(acted(), 'one two three')
    assert.equal(ran.recap.notReached, 1)
    const [first, second] = resultsOf(ran)
    assert.deepEqual(
      first?.changes.map(({ what, from, to, script }) => [what, from, to, script]),
      [
        ['one', 'absent', 'present', ''],
        ['two', 'absent', 'present', ''],
      ],
    )
    assert.deepEqual(second?.failure, { message: 'it is full', output: 'no space', hint: 'make some' })
  })

  it('does nothing in a check, nor under `check: true`', async () => {
    const uses = {
      uses: ['done'],
      params: ({ done }: JsonObject) => ({ path: at('kept'), text: JSON.stringify(done) }),
    }
    const tasks = [act('acts', ['one'], {}, { register: 'done' }), task('uses', uses)]
    assert.deepEqual((await play(tasks, { check: true })).results, ['would change acts', 'unknown uses'])
    assert.deepEqual((await play([act('acts', ['one'], {}, { check: true })])).results, ['would change acts'])
    assert.equal(acted(), '')
    assert.deepEqual((await play(tasks)).results, ['changed acts', 'changed uses'])
    assert.equal(JSON.parse(readFileSync(at('kept'), 'utf8')).last, 'one')
  })

  it('is as wanted where there is nothing to do', async () => {
    assert.deepEqual((await play([act('acts', [])])).results, ['ok acts'])
  })

  it('may find something wrong, too', async () => {
    const ran = await play([act('acts', ['one'], { findings: [fault] }), write('later')])
    assert.deepEqual(ran.results, ['failed acts', 'changed later'])
    assert.equal(ran.recap.failed, 1)
    assert.equal(acted(), 'one')
  })

  it('goes on after a failure that is to be ignored', async () => {
    const { results } = await play([act('acts', ['fails'], {}, { ignoreErrors: true }), write('later')])
    assert.deepEqual(results, ['ignored acts', 'changed later'])
  })

  it('looks only when what stands before it is done', async () => {
    const seen: string[] = []
    const looks = async (): Promise<Work> => {
      seen.push(acted())
      return {}
    }
    await play([act('acts', ['one']), work('looks', looks)])
    assert.deepEqual(seen, ['one'])
  })

  it('begins nothing when the user wanted to end while it looked', async () => {
    const { results } = await play([act('acts', ['one'])], {
      during: (event, stop) => {
        if (event.type === 'item') stop()
      },
    })
    assert.deepEqual(results, [])
    assert.equal(acted(), '')
  })
})
