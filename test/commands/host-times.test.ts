import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { rememberTimes, timesOf } from '../../src/commands/host-times.ts'

let folder: string
const state = process.env.XDG_STATE_HOME
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'provision-times-'))
  process.env.XDG_STATE_HOME = folder
})
after(() => {
  rmSync(folder, { recursive: true })
  if (state === undefined) delete process.env.XDG_STATE_HOME
  else process.env.XDG_STATE_HOME = state
})

it('times of hosts are remembered for each inventory', () => {
  assert.equal(timesOf(['inventory.yaml']).size, 0)
  rememberTimes(['inventory.yaml'], new Map([['mx1', 1200]]))
  assert.deepEqual([...timesOf(['inventory.yaml'])], [['mx1', 1200]])
  assert.equal(timesOf(['other.yaml']).size, 0)
})

it('what is no list of times counts for nothing', () => {
  rememberTimes(['broken.yaml'], new Map([['mx1', 1200]]))
  for (const file of readdirSync(join(folder, 'provision')))
    writeFileSync(join(folder, 'provision', file), '{"mx1": "long"}')
  assert.equal(timesOf(['broken.yaml']).size, 0)
})
