import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JsonObject } from '../../src/core/json.ts'
import type { Traffic } from '../../src/lab/forwarder.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { LabForwarder } from '../../src/lab/lab-forwarder.ts'
import { pinnedHostKey } from '../../src/lab/mail-inventory.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import type { Said } from './controller.ts'
import { Laptop } from './laptop.ts'

// How often a run waits for the network, counted by a forwarder that makes each wait last.

const gateway = '198.51.100.1'

/** Long enough that no wait for a processor looks like one for the network, unless the machine is busy. */
const roundTripMilliseconds = 100

/** A ping: key exchange 1, login and channel 2, shell 3, question 4, farewell 5, for whose answer nobody waits. */
const pingTurns = 5

/**
 * Beyond a ping: a run asks for its lock, the host's facts and all tasks in the turn of the ping's one question. Changes are
 * a turn, and after them the answer to the farewell of the shell is waited for.
 */
const streamTurns = 2

let lab: Lab
let laptop: Laptop
let forwarder: LabForwarder
let inventory: readonly ['-i', string]

before(async () => {
  lab = await openLab({ hosts: [{ name: 'far', release: 'trixie' }] })
  laptop = new Laptop(lab)
  const far = lab.host('far')
  const host_key = await pinnedHostKey(lab, far)
  const near = laptop.inventory('near', { far: { host: far.ipv4, host_key } })
  for (const tasks of [5, 100]) laptop.write(`${tasks}.yaml`, playbook(tasks))
  succeeded(await laptop.provision(...near, playbookOf(100)))
  forwarder = new LabForwarder(lab, {
    listen: { host: gateway },
    target: { host: far.ipv4, port: 22 },
    roundTripMilliseconds,
  })
  inventory = laptop.inventory('far', { far: { host: gateway, port: await forwarder.open(), host_key } })
})

after(async () => {
  await forwarder?.close()
  laptop?.close()
  await lab?.close()
})

const kinds: readonly ((number: number) => JsonObject)[] = [
  (number) => ({ file: { path: `/srv/turns/file-${number}`, content: `file ${number}\n` } }),
  (number) => ({ line: { path: `/srv/turns/file-${number - 1}`, line: `file ${number - 1}` } }),
  (number) => ({ directory: { path: `/srv/turns/directory-${number}`, mode: '0750' } }),
  (number) => ({ command: { run: `touch /srv/turns/made-${number}`, creates: `/srv/turns/made-${number}` } }),
  (number) => ({ user: { name: `turns${number % 10}`, comment: 'A user of a test' } }),
]

/** A playbook of so many tasks of all kinds, with no barrier between them. */
function playbook(tasks: number): string {
  const folder: JsonObject = { name: 'Folder', directory: { path: '/srv/turns' } }
  const others = Array.from({ length: tasks - 1 }, (_, number) => ({
    name: `Task ${number}`,
    ...kinds[number % kinds.length]?.(number),
  }))
  return JSON.stringify([{ hosts: 'all', tasks: [folder, ...others] }])
}

function playbookOf(tasks: 5 | 100): string {
  return `${laptop.folder}/${tasks}.yaml`
}

function succeeded({ status, stdout, stderr }: Said): void {
  assert.equal(status, 0, stdout + stderr)
}

/**
 * What a command sends, with as few turns as it can. On a busy machine a pause of this program, or a late greeting, looks
 * like a wait for the network: it is measured again then.
 */
async function measure(fewest: number, command: () => Promise<Said>): Promise<Traffic> {
  let best: Traffic | undefined
  for (let tries = 0; tries < 6 && (best?.turns ?? Number.POSITIVE_INFINITY) > fewest; tries++) {
    await forwarder.reset()
    succeeded(await command())
    // The forwarder may not have read the last packet yet when the command that sent it has ended.
    await sleep(2 * roundTripMilliseconds)
    const traffic = await forwarder.traffic()
    if (!best || traffic.turns < best.turns) best = traffic
  }
  assert.ok(best)
  return best
}

function assertTurns({ turns, connections }: Traffic, expected: number): void {
  assert.equal(turns, expected)
  assert.equal(connections, 1)
}

const ping = (): Promise<Said> => laptop.provision('ping', ...inventory)
const run = (tasks: 5 | 100, ...args: readonly string[]): Promise<Said> =>
  laptop.provision(...inventory, playbookOf(tasks), ...args)

describe('turns', () => {
  it('to log in, ask and leave', async () => {
    assertTurns(await measure(pingTurns, ping), pingTurns)
  })

  for (const mode of ['--check', 'apply'] as const) {
    it(`${mode}, nothing to do: as many for 5 tasks as for 100, and few bytes for each`, async () => {
      const args = mode === '--check' ? [mode] : []
      const expected = pingTurns
      const few = await measure(expected, () => run(5, ...args))
      const many = await measure(expected, () => run(100, ...args))
      assertTurns(few, expected)
      assertTurns(many, expected)
      const each = (many.bytesUp - few.bytesUp) / 95
      assert.ok(each < 150, `${each} bytes up for a task`)
      assert.ok(few.bytesUp < 15_000, `${few.bytesUp} bytes up for 5 tasks`)
    })
  }

  it('apply, 20 tasks of 100 changed: two more', async () => {
    const expected = pingTurns + streamTurns
    const traffic = await measure(expected, async () => {
      await laptop.onHost('far', 'rm /srv/turns/made-*')
      const said = await run(100)
      assert.match(said.stdout, /^far {2}changed 20 {3}ok 80 {3}failed 0 /m)
      return said
    })
    assertTurns(traffic, expected)
  })
})
