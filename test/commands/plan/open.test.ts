import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type RunFlags, UsageError } from '../../../src/commands/options.ts'
import type { SavedPlan } from '../../../src/commands/plan/format.ts'
import { keyFile, ownKey, type PlanKey } from '../../../src/commands/plan/key.ts'
import { Ledger } from '../../../src/commands/plan/ledger.ts'
import { judgeSeal, keyFor, readPlan, sealed } from '../../../src/commands/plan/open.ts'
import { flagsOf, refuseNewInputs, refuseOtherAnswers, refuseOtherInputs } from '../../../src/commands/plan/recorded.ts'
import { refuseSave, savePlan } from '../../../src/commands/plan/save.ts'
import { Witness } from '../../../src/commands/plan/witness.ts'
import { Masker } from '../../../src/core/secret.ts'
import { counts } from '../../report/recorded.ts'

const original = process.env.XDG_STATE_HOME
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'provision-plan-')))
const file = join(folder, 'plan.json')
const input = join(folder, 'site.yaml')
const argv = ['-i', 'mx1,', input, '--check', '--save', file, '-e', 'a=1', '-e', 'password=swordfish']
const flags: RunFlags = {
  inventory: ['mx1,'],
  check: true,
  save: file,
  extraVars: ['a=1', 'password=swordfish'],
  forks: 1,
  timeout: 1,
  output: 'auto',
  verbose: 0,
}
const bare = { forks: 1, timeout: 1, output: 'auto', verbose: 0 } as const
let key: PlanKey

before(async () => {
  process.env.XDG_STATE_HOME = folder
  key = ownKey()
})
after(() => {
  if (original === undefined) delete process.env.XDG_STATE_HOME
  else process.env.XDG_STATE_HOME = original
  rmSync(folder, { recursive: true })
})

beforeEach(async () => {
  key = ownKey()
  writeFileSync(input, 'one')
  const masker = new Masker()
  masker.add('swordfish')
  const ledger = new Ledger(new Witness(), key, masker)
  ledger.note({ type: 'start', playbook: 'site.yaml', check: true, hosts: ['mx1'] }, undefined)
  ledger.note({ type: 'recap', check: true, interrupted: false, hosts: { mx1: counts({ ok: 1 }) } }, undefined)
  const files = new Map([[input, Buffer.from('one')]])
  await savePlan(file, {
    flags,
    argv,
    playbook: input,
    plays: [],
    files,
    answers: new Map([['user', 'anna']]),
    ledger,
    key,
    masker,
  })
})

function refused(words: string | RegExp, act: () => unknown): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof UsageError, String(error))
    const text = `${error.message}\n${error.hint}`
    if (typeof words === 'string') assert.ok(text.includes(words), text)
    else assert.match(text, words)
    return true
  })
}

describe('a plan that is no plan', () => {
  const cases: readonly (readonly [string, (text: string) => string, string])[] = [
    ['is cut', (text) => text.slice(0, 300), 'is not whole: it ends at line '],
    ['is empty', () => '', 'is no plan\n'],
    ['is something else', () => '{"a":1}', 'is no plan\n'],
    ['is a list', () => '[]', 'is no plan\n'],
    ['is of a newer format', (text) => text.replace('"format": 1', '"format": 2'), 'format 2; this one knows 1'],
    ['lacks something', (text) => text.replace('"made"', '"mad"'), 'made: '],
    [
      'has an event of another shape',
      (text) => text.replace('"playbook": "site.yaml"', '"playbook": 1'),
      'events.0.playbook: ',
    ],
  ]
  for (const [name, change, words] of cases) {
    it(name, () => {
      writeFileSync(file, change(readFileSync(file, 'utf8')))
      refused(words, () => readPlan(file))
    })
  }

  it('is not there', () => refused('there is no plan', () => readPlan(join(folder, 'other.json'))))
})

describe('a plan is refused', () => {
  it('but not when it is whole, whatever its blanks', () => {
    writeFileSync(file, JSON.stringify(readPlan(file)))
    assert.equal(judgeSeal(readPlan(file)), 'whole')
    assert.equal(keyFor(file, readPlan(file)).id, key.id)
  })

  it('when anything in it was edited', () => {
    const plan = readPlan(file)
    const edits: readonly Partial<SavedPlan>[] = [
      { by: 'somebody else' },
      { inputs: [] },
      { events: [] },
      { made: new Date(0).toISOString() },
      { seal: '' },
    ]
    for (const edit of edits) {
      refused(/its seal does not fit\nMake it again: provision -i mx1, /, () => keyFor(file, { ...plan, ...edit }))
    }
  })

  it('after seven days', () => {
    const week = 7 * 86_400_000
    const plan = readPlan(file)
    keyFor(file, plan, Date.parse(plan.made) + week - 1)
    refused('is 7 days old; a plan holds for 7', () => keyFor(file, plan, Date.parse(plan.made) + week))
  })

  it('when it was made by another version', () => {
    const plan = { ...readPlan(file), program: '0.0.1' }
    const whole = { ...plan, seal: key.hash(sealed(plan)) }
    refused(/was made by provision 0\.0\.1, and this is \S+, which may do other things/, () => keyFor(file, whole))
  })

  it('without the key, or with another one', () => {
    const plan = readPlan(file)
    rmSync(keyFile())
    refused(/ with a key that is not here: .*\n.* The key is .*plan-key there\.$/, () => keyFor(file, plan))
    ownKey()
    refused('with a key that is not here', () => keyFor(file, plan))
  })
})

describe('inputs of a plan', () => {
  it('must be those that it was made from', () => {
    const plan = readPlan(file)
    refuseOtherInputs(plan, key)
    writeFileSync(input, 'two')
    refused(`has changed since:\n  ${input}\nNothing was contacted.`, () => refuseOtherInputs(plan, key))
    rmSync(input)
    refused(`  ${input}  is gone`, () => refuseOtherInputs(plan, key))
  })

  it('must not have become more', () => {
    refuseNewInputs([input], readPlan(file))
    refused('  host_vars/mx1.yaml  is new', () => refuseNewInputs([input, 'host_vars/mx1.yaml'], readPlan(file)))
  })
})

describe('answers of the user', () => {
  it('must be those that the plan was made with', () => {
    refuseOtherAnswers(new Map([['user', 'anna']]), readPlan(file), key)
    refused('another answer (user)', () => refuseOtherAnswers(new Map([['user', 'bert']]), readPlan(file), key))
  })
})

describe('the command line of a plan', () => {
  it('holds no secret, which has to be typed again', () => {
    const plan = readPlan(file)
    assert.deepEqual(plan.arguments.extraVars, ['a=1', null])
    assert.ok(!readFileSync(file, 'utf8').includes('swordfish'))
    refused('was made with a secret in -e', () => flagsOf(file, plan, bare, key))
    refused('other variables', () => flagsOf(file, plan, { ...bare, extraVars: ['a=1', 'password=other'] }, key))
    const { extraVars, inventory } = flagsOf(file, plan, { ...bare, extraVars: flags.extraVars ?? [] }, key)
    assert.deepEqual([extraVars, inventory], [flags.extraVars, ['mx1,']])
  })

  it('cannot be another one', () => {
    refused('--limit: ', () => flagsOf(file, readPlan(file), { ...bare, limit: 'mx1' }, key))
    refused('--skip-tags: ', () => flagsOf(file, readPlan(file), { ...bare, skipTags: ['a'] }, key))
  })
})

describe('--save', () => {
  it('replaces a plan, and never another file', () => {
    refuseSave(file, flags, argv)
    refuseSave(join(folder, 'new.json'), flags, argv)
    refused('would replace a file that is no plan', () => refuseSave(input, flags, argv))
  })
})
