import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import type { Lab } from '../../src/lab/lab.ts'
import type { Said } from './controller.ts'
import { fault } from './fault.ts'
import { Laptop, openTwoHosts, read } from './laptop.ts'
import { surroundings } from './surroundings.ts'

// Hosts whose disk gives way under a run, each beside one that is well.

let lab: Lab
let laptop: Laptop

before(async () => {
  lab = await openTwoHosts()
  laptop = new Laptop(lab)
  copyFileSync(join(lab.directory, 'known_hosts'), laptop.knownHosts)
  laptop.write('big.hbs', 'a line of a file that is longer than what is compared as text\n'.repeat(2000))
  const folders = surroundings.flatMap(({ tasks }) => /\/srv\/\w+/.exec(tasks)?.[0] ?? []).join(' ')
  for (const host of ['fine', 'broken']) await laptop.onHost(host, `mkdir -p ${folders}; apt-get -qq update`)
})

after(async () => {
  laptop?.close()
  await lab?.close()
})

describe('a host', () => {
  for (const { fault: kind, where, tasks, cause, mend, says, intact, done } of surroundings) {
    fault({ fault: kind, where }, async (report) => {
      const playbook = laptop.write('playbook.yaml', `- hosts: all\n  tasks:${tasks}\n`)
      const run = (): Promise<Said> => laptop.provision(...laptop.twoHosts(), playbook)
      await laptop.onHost('broken', `set -e; ${cause}`)
      const said = await run()
      report.injected()
      assert.equal(said.status, 1, said.stdout + said.stderr)
      assert.match(read(said), /^fine {2,}changed 1 {2}ok 0 {2}failed 0$/m)
      assert.match(read(said), /^broken {2,}changed 0 {2}ok 0 {2}failed 1$/m)
      for (const words of says) {
        assert.match(said.stdout, words)
        report.saw(words.exec(said.stdout)?.[0] ?? '')
      }
      await laptop.onHost('broken', `set -e; ${intact}`)
      await laptop.onHost('broken', `set -e; ${mend}`)
      const next = await run()
      assert.equal(next.status, 0, next.stdout + next.stderr)
      await laptop.onHost('broken', `set -e; ${done}`)
      const last = await run()
      assert.equal(last.status, 0, last.stdout + last.stderr)
      for (const host of ['fine', 'broken']) {
        assert.match(read(last), new RegExp(`^${host} {2,}changed 0 {2}ok 1 {2}failed 0$`, 'm'))
      }
      report.after('nothing was half done; as wanted; 0 changed at the run after')
    })
  }
})
