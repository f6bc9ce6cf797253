import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Contest, contest } from '../../bench/contest.ts'
import type { Figures } from '../../bench/results.ts'
import { openStage, type Stage } from '../../bench/stage.ts'
import { openSwarm } from '../../bench/swarm.ts'
import type { Command, Place, Target, Tool } from '../../bench/types.ts'
import { execute } from '../../src/lab/execute.ts'

let stage: Stage
let others: readonly Target[]

before(async () => {
  stage = await openStage(() => {})
  others = await openSwarm(stage, 3, () => {})
})

after(async () => {
  await stage?.close()
})

/** The argument list of an ssh to a target, for a shell of this machine. */
function ssh({ key, knownHosts }: Place, { address, port }: Target): string {
  const options = [
    `UserKnownHostsFile=${knownHosts}`,
    'GlobalKnownHostsFile=none',
    'StrictHostKeyChecking=yes',
    'IdentitiesOnly=yes',
  ]
  return `ssh -F none -i ${key} -p ${port} ${options.map((option) => `-o ${option}`).join(' ')} root@${address}`
}

/** A tool that is a shell text for each target, all at once. */
function tool(name: string, command: (ssh: string, place: Place) => string, unchanged?: RegExp): Tool {
  return {
    name,
    title: name,
    packages: [],
    version: async () => '1',
    async prepare(_, place): Promise<Command> {
      const each = place.targets.map((target) => `${command(ssh(place, target), place)} & pids="$pids $!"`)
      const argv = ['sh', '-c', `${each.join('\n')}\nfor pid in $pids; do wait $pid || exit; done`] as const
      return { argv, ...(unchanged && { unchanged }) }
    },
  }
}

function rules(target: readonly Target[], more: Partial<Contest> = {}): Contest {
  return {
    wanted: [],
    targets: target,
    roundTripMilliseconds: 40,
    unchanged: true,
    isLate: () => false,
    excluded: () => undefined,
    onRun: () => {},
    ...more,
  }
}

const floor = tool('floor', (ssh) => `${ssh} true`)

describe('a contest on the real host', () => {
  it('counts what a tool costs here, on the way and there', async () => {
    const entries = await contest(stage, [floor], rules([stage.far], { rounds: 3 }))
    const { seconds, cpuSeconds, memoryBytes, bytesUp, bytesDown, turnsAfterLogin, forks } =
      entries.floor?.figures ?? {}
    assert.equal(entries.floor?.runs, 3)
    // Three turns behind the login: the channel, its command, the farewell.
    assert.equal(turnsAfterLogin?.[1], 3)
    assert.ok(seconds![1] > 0.04 * 7, `${seconds}`)
    assert.ok(cpuSeconds![0] > 0.005 && cpuSeconds![0] < seconds![0], `${cpuSeconds}`)
    assert.ok(memoryBytes![0] > 4e6 && memoryBytes![0] < 60e6, `${memoryBytes}`)
    assert.ok(bytesUp![0] > 2000 && bytesDown![0] > 2000, `${bytesUp} ${bytesDown}`)
    assert.ok(forks![1] >= 3, `${forks}`)
  })

  it('counts a run without changes only, and leaves out who never comes to rest or fails', async () => {
    const ran: string[] = []
    const entries = await contest(
      stage,
      [
        tool('settles', (ssh) => `${ssh} 'mkdir /srv/settled 2>&1 || true'`, /File exists/),
        tool('restless', () => 'echo changed', /unchanged/),
        tool('failing', () => '{ echo no such module; exit 3; }'),
      ],
      rules([stage.straight], { rounds: 1, onRun: ({ name }) => ran.push(name) }),
    )
    assert.equal(entries.settles?.runs, 1)
    assert.equal(entries.restless?.leftOut, 'it still changes something at its run 4')
    assert.equal(entries.failing?.leftOut, 'it failed with status 3')
    assert.deepEqual(ran, ['settles', 'settles', 'restless', 'restless', 'restless', 'restless', 'failing'])
  })

  it('ends what a run leaves behind, except where it is to be kept', async () => {
    const socket = (place: Place): string => `-o ControlPath=${place.folder}/socket -o ControlMaster=auto`
    const keeper = tool('keeper', (ssh, place) => `${ssh} ${socket(place)} -o ControlPersist=3571 true`)
    const turns = async (more: Partial<Contest>): Promise<Figures['turns']> =>
      (await contest(stage, [keeper], rules([stage.far], { rounds: 2, ...more }))).keeper?.figures?.turns?.[1]
    const [each, kept] = [await turns({}), await turns({ kept: { keeper: [] } })]
    assert.ok(each! > 6, `${each}`)
    assert.ok(kept! <= 3, `${kept}`)
    const { stdout } = await execute(['pgrep', '-f', 'ControlPersist=3571'])
    assert.equal(stdout, '')
  })
})

describe('small hosts', () => {
  it('let root in, each with a name, processes and files of its own', async () => {
    const alone =
      'mkdir -p /srv/own; touch /srv/own/$(hostname); test "$(ls /srv/own)" = $(hostname); test $(ls /proc | grep -c "^[0-9]") -lt 12'
    const look = tool('look', (ssh) => `${ssh} 'set -e; ${alone}'`)
    const entries = await contest(stage, [look], rules(others, { rounds: 1, roundTripMilliseconds: 0 }))
    assert.equal(entries.look?.runs, 1, entries.look?.leftOut)
  })
})
