import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { PhaseTime } from '../../src/core/profile.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { pinnedHostKey } from '../../src/lab/mail-inventory.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { brokenRules } from '../report/trace-rules.ts'
import { type Controller, failuresOf, type Said } from './controller.ts'
import { Laptop } from './laptop.ts'

// Where the time of a run on real hosts goes. How much that is nobody can foretell: only that it adds up, and has every part.

const hosts = ['near', 'other'] as const
let lab: Lab
let laptop: Laptop
let inventory: readonly ['-i', string]
let playbook: string

before(async () => {
  lab = await openLab({ hosts: hosts.map((name) => ({ name, release: 'trixie' })) })
  laptop = new Laptop(lab)
  const entries = hosts.map(async (name) => {
    const host = lab.host(name)
    return [name, { host: host.ipv4, host_key: await pinnedHostKey(lab, host) }] as const
  })
  inventory = laptop.inventory('hosts', Object.fromEntries(await Promise.all(entries)))
  playbook = laptop.write(
    'play.yaml',
    JSON.stringify([
      {
        hosts: 'all',
        tasks: [
          { name: 'Folders', directory: { path: '/srv/{{ item }}' }, loop: ['a', 'b', 'c'] },
          { name: 'Slow', command: 'sleep 0.3' },
        ],
      },
    ]),
  )
})

after(async () => {
  laptop?.close()
  await lab?.close()
})

function provision(...args: readonly string[]): ReturnType<Controller['provision']> {
  return laptop.provision(...inventory, ...args)
}

type Profile = Extract<Said['events'][number], { type: 'profile' }>

function profileIn(said: Said): Profile {
  assert.equal(said.status, 0, failuresOf(said))
  const [profile, recap] = said.events.slice(-2)
  assert.equal(recap?.type, 'recap')
  assert.ok(profile?.type === 'profile')
  return profile
}

function timeOf(phases: readonly PhaseTime[], wanted: PhaseTime['phase']): number {
  return phases.find(({ phase }) => phase === wanted)?.milliseconds ?? 0
}

function assertAddsUp(phases: readonly PhaseTime[], milliseconds: number): void {
  const sum = phases.reduce((total, phase) => total + phase.milliseconds, 0)
  assert.ok(Math.abs(sum - milliseconds) < 1, `${sum} of ${milliseconds} ms`)
}

describe('a profile', () => {
  it('adds up, for the program and for every host, and has every step of a connection', async () => {
    const profile = profileIn(await provision(playbook, '--profile', '--output', 'json'))
    assertAddsUp(profile.phases, profile.milliseconds)
    assert.deepEqual(profile.hosts.map(({ host }) => host).toSorted(), hosts.toSorted())
    for (const phase of ['start', 'read', 'connect', 'survey', 'plan', 'stream', 'close'] as const) {
      assert.ok(timeOf(profile.phases, phase) > 0, phase)
    }
    // Most of the time has a name.
    assert.ok(timeOf(profile.phases, 'other') < profile.milliseconds / 2)
    for (const host of profile.hosts) {
      assertAddsUp(host.phases, host.milliseconds)
      assert.ok(timeOf(host.phases, 'stream') > 300, 'it slept')
      const { parts = {} } = host.phases.find(({ phase }) => phase === 'connect') ?? {}
      for (const step of ['key exchange', 'authentication']) assert.ok(parts[step], step)
      // Key exchange and authentication take four at least, the questions and the stream one each.
      assert.ok(host.turns >= 6 && host.turns < 20, `${host.turns} turns`)
      assert.ok(host.bytesUp > 3000 && host.bytesUp < 40_000, `${host.bytesUp} bytes up`)
      assert.ok(host.bytesDown > 1000 && host.bytesDown < 40_000, `${host.bytesDown} bytes down`)
      assert.ok((host.hostMilliseconds ?? 0) > 300, 'the host slept')
    }
    const first = profile.firstPacketMilliseconds ?? 0
    assert.ok(first > timeOf(profile.phases, 'start') && first < profile.milliseconds)
  })

  it('names the slowest tasks, with their items', async () => {
    const { tasks } = profileIn(await provision(playbook, '--profile', '--output', 'json'))
    assert.deepEqual(
      tasks.slice(0, 2).map(({ task, items }) => [task, items]),
      [
        ['Slow', 1],
        ['Slow', 1],
      ],
    )
    assert.ok(tasks.every(({ milliseconds, hereMilliseconds }) => milliseconds >= hereMilliseconds))
    assert.deepEqual(
      tasks.filter(({ task }) => task.startsWith('Folders')).map(({ items }) => items),
      [3, 3],
    )
  })

  it('is a table behind the recap that fits a terminal, of a ping, too', async () => {
    for (const args of [
      ['ping', '--profile'],
      ['--check', '--profile', playbook],
    ]) {
      const { stdout, stderr } = await provision(...args)
      assert.equal(stderr, '')
      const table = stdout.slice(stdout.indexOf('\nWhere the time went')).trimEnd().split('\n')
      assert.deepEqual(
        table.filter((line) => line.length > 79),
        [],
      )
      for (const row of [
        /^ {2}start .* Node \d+ ms, modules/,
        /^ {2}connect /,
        /^ {2}all .* CPU/,
        /^near +\d/,
        /^other +\d/,
      ]) {
        assert.ok(
          table.some((line) => row.test(line)),
          `${row} in\n${stdout}`,
        )
      }
    }
  })

  it('can be kept as a trace, in place of a trace only', async () => {
    const trace = join(laptop.folder, 'trace.json')
    for (const _ of ['made', 'replaced']) {
      const { status, stdout, stderr } = await provision(playbook, '--profile-trace', trace)
      assert.equal(status, 0, stderr)
      assert.doesNotMatch(stdout, /Where the time went/)
      assert.match(stderr, /trace\.json: open it in /)
    }
    const kept = JSON.parse(readFileSync(trace, 'utf8')) as {
      readonly traceEvents: readonly { readonly name: string }[]
    }
    assert.deepEqual(brokenRules(kept), [])
    const names = new Set(kept.traceEvents.map(({ name }) => name))
    for (const name of ['read', 'key exchange', 'authentication', 'survey', 'stream', 'Slow'])
      assert.ok(names.has(name), name)

    const refused = await provision(playbook, '--profile-trace', playbook)
    assert.equal(refused.status, 4)
    assert.match(refused.stderr, /would replace a file that is no trace\n/)
    assert.match(readFileSync(playbook, 'utf8'), /Folders/)
  })
})
