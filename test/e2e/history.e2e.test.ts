import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Lab } from '../../src/lab/lab.ts'
import type { Said } from './controller.ts'
import { app, folder, old, one, slow } from './history-app.ts'
import { Laptop, openTwoHosts } from './laptop.ts'

// What hosts remember of runs, and runs that are undone.

const both = ['fine', 'broken'] as const
let lab: Lab
let laptop: Laptop
let inventory: readonly ['-i', string]
let first: string

before(async () => {
  lab = await openTwoHosts()
  laptop = new Laptop(lab)
  copyFileSync(join(lab.directory, 'known_hosts'), laptop.knownHosts)
  inventory = laptop.twoHosts()
  laptop.write('app.yaml', app)
  laptop.write('slow.yaml', slow)
  const setUp = `echo old >/etc/app.conf; echo 'old key' >/etc/app.key; chmod 0640 /etc/app.key; chgrp adm /etc/app.key
    mkdir -p /etc/app.d/below; echo deep >/etc/app.d/below/x; echo awkward >"$(printf '/etc/app\\nold')"`
  for (const host of both) await laptop.onHost(host, setUp)
})

after(async () => {
  laptop?.close()
  await lab?.close()
})

function provision(...args: readonly string[]): Promise<Said> {
  return laptop.provision(...inventory, ...args)
}

async function apply(version: string): Promise<string> {
  const said = await provision(join(laptop.folder, 'app.yaml'), '-e', `version=${version}`)
  assert.equal(said.status, 0, said.stdout + said.stderr)
  return last()
}

interface Run {
  readonly id: string
  readonly who: string
  readonly playbook: string
  readonly hosts: Record<string, { readonly changed: number; readonly failed: number; readonly end: string }>
}

async function runs(): Promise<readonly Run[]> {
  const { stdout } = await laptop.provision('history', ...inventory, '--output', 'json')
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Run)
}

async function last(): Promise<string> {
  return (await runs()).at(-1)?.id ?? ''
}

/** What is there of all that the playbook touches. */
function state(host: string): Promise<string> {
  return laptop.onHost(
    host,
    'cd /etc; cat app.conf app.key; stat -c "%n %a %U:%G" app.key; readlink app.link; find app.d; cat app.d/below/x; cat app?old; true',
  )
}

describe('history', () => {
  it('of a run on two hosts: one run, counted for each', async () => {
    first = await apply('1')
    for (const host of both) assert.equal(await state(host), one)
    const [run, ...more] = await runs()
    assert.ok(run && more.length === 0)
    assert.match(run.id, /^\d{8}T\d{6}Z-[0-9a-f]{4}$/)
    assert.match(run.who, /^root@/)
    const done = { changed: 7, failed: 0, end: 'done' }
    assert.deepEqual([run.playbook, run.hosts], ['app.yaml', { fine: done, broken: done }])
    const said = await laptop.provision('history', ...inventory, 'broken')
    assert.match(
      said.stdout,
      new RegExp(`^${first} {2}.* {2}root@\\S+ {2}app.yaml\n {2}broken {2}changed +7 +failed +0 +done\n$`),
    )
  })

  it('is kept where only root can read it', async () => {
    const modes = await laptop.onHost('broken', 'cd /var/lib/provision && stat -c "%n %a %U" . runs runs/* runs/*/*')
    const run = `runs/${first}`
    assert.equal(modes, `. 700 root\nruns 700 root\n${run} 700 root\n${run}/files 700 root\n${run}/log 600 root\n`)
  })

  it('a run that changes nothing leaves nothing, and neither does a check', async () => {
    for (const args of [
      ['-e', 'version=1'],
      ['-e', 'version=2', '--check'],
    ]) {
      await provision(join(laptop.folder, 'app.yaml'), ...args)
    }
    assert.deepEqual(
      (await runs()).map(({ id }) => id),
      [first],
    )
  })

  it('of one run: every item, and what undo can do', async () => {
    const { stdout, status } = await laptop.provision('history', ...inventory, first, '-l', 'fine')
    assert.equal(status, 0)
    const steady = stdout
      .replaceAll(/\d\d:\d\d:\d\d/g, 'TIME')
      .split('\n')
      .slice(2)
      .join('\n')
    assert.equal(
      steady,
      `fine · changed 7, failed 0, done
  TIME  ${laptop.folder}/app.yaml:5   Configuration
    /etc/app.conf   undo puts it back
    then: restart app
  TIME  ${laptop.folder}/app.yaml:8   Key
    /etc/app.key   undo puts it back
  TIME  ${laptop.folder}/app.yaml:10   Link
    /etc/app.link   undo puts it back
  TIME  ${laptop.folder}/app.yaml:12   No old folder
    /etc/app.d   undo puts it back
  TIME  ${laptop.folder}/app.yaml:14   No awkward name
    remove_file "$(printf "/etc/app\\nold")"   undo does not reach it
    /etc/app↵old                              undo puts it back
  TIME  ${laptop.folder}/app.yaml:16   Mark
    touch /root/mark   undo does not reach it
  TIME  ${laptop.folder}/app.yaml:19   restart app
    echo restarted >>/root/restarts   undo does not reach it
  undo: 5 files — 5 put back
`,
    )
  })
})

describe('undo', () => {
  it('in a check says what it would put back, shows no file that others may not read, and writes nothing', async () => {
    const said = await laptop.provision('undo', ...inventory, first, '--check')
    assert.equal(said.status, 2, said.stdout + said.stderr)
    assert.match(said.stdout, /\/etc\/app\.conf\n +-1\n +\+old\n/)
    assert.doesNotMatch(said.stdout, /key 1|old key/)
    assert.match(said.stdout, /\/etc\/app\.link +link to 1 → absent/)
    for (const host of both) assert.equal(await state(host), one)
    assert.deepEqual(
      (await runs()).map(({ id }) => id),
      [first],
    )
  })

  it('puts back files, owners, modes, links and folders, and says what it does not undo', async () => {
    const said = await laptop.provision('undo', ...inventory, first)
    assert.equal(said.status, 0, said.stdout + said.stderr)
    for (const host of both) assert.equal(await state(host), old)
    assert.match(
      said.stdout,
      /fine · undo does not reach, for it is no file:\n(?: {2}.*\n)* {2}touch \/root\/mark +\S+app\.yaml:16\n/,
    )
    assert.match(said.stdout, /fine · owed for files that are put back: restart app\n/)
    assert.match((await laptop.provision('history', ...inventory)).stdout, /^fine owes: restart app;/m)
    const again = await laptop.provision('undo', ...inventory, first)
    assert.match(again.stdout, /^fine +changed 0 /m)
  })

  it('of an undo', async () => {
    const said = await laptop.provision('undo', ...inventory, await last())
    assert.equal(said.status, 0, said.stdout + said.stderr)
    assert.match(said.stdout, /\/etc\/app\.d is not put back: there is a directory, which is left as it is/)
    for (const host of both) assert.equal(await state(host), one + folder)
  })

  it('refuses by name what somebody changed since, and puts the rest back; --force takes all', async () => {
    const second = await apply('2')
    await laptop.onHost('broken', 'echo mine >>/etc/app.conf; echo mine >>/etc/app.key')
    const said = await laptop.provision('undo', ...inventory, second)
    assert.equal(said.status, 1, said.stdout + said.stderr)
    assert.equal(await state('fine'), one + folder)
    assert.equal(await state('broken'), `2\nmine\nkey 2\nmine\napp.key 600 root:adm\n1\n${folder}`)
    for (const path of ['conf', 'key']) {
      assert.ok(said.stdout.includes(`/etc/app.${path} is not put back: somebody changed it since`), said.stdout)
    }
    const forced = await laptop.provision('undo', ...inventory, second, '--force')
    assert.equal(forced.status, 0, forced.stdout + forced.stderr)
    assert.equal(await state('broken'), one + folder)
  })

  it('of a run after which another replaced the same file: names that one', async () => {
    const [third, fourth] = [await apply('3'), await apply('4')]
    const said = await laptop.provision('undo', ...inventory, third, '-l', 'fine')
    assert.equal(said.status, 1)
    assert.match(said.stdout, new RegExp(`/etc/app.conf is not put back: run ${fourth} replaced it again`))
    assert.match(said.stdout, new RegExp(`provision undo ${fourth} comes first`))
  })

  it('of a run that nobody knows', async () => {
    const said = await laptop.provision('undo', ...inventory, '20260131T100000Z-0000')
    assert.equal(said.status, 4)
    assert.match(said.stderr, /no host remembers the run 20260131T100000Z-0000/)
  })
})

describe('a run whose controller is killed in the middle of an item', () => {
  it('is running while it runs, then cut off, and can be undone', async () => {
    const running = laptop.start(...inventory, join(laptop.folder, 'slow.yaml'))
    const isAtWork = async (): Promise<boolean> =>
      (await lab.run('fine', ['pgrep', '-f', '^sleep 0.3217'])).status === 0
    await running.while('is at work', isAtWork)
    assert.equal((await runs()).at(-1)?.hosts.fine?.end, 'running')
    running.signal('SIGKILL')
    await running.ended
    for (let over = false; !over; over = !(await isAtWork()));
    const cut = (await runs()).at(-1)
    assert.deepEqual(cut?.hosts, { fine: { changed: 1, failed: 0, end: 'cut off' } })
    const { stdout } = await laptop.provision('history', ...inventory, cut.id)
    assert.match(stdout, /✖ .*Take long {3}cut off\n/)
    assert.equal(await laptop.onHost('fine', 'cat /etc/app.conf'), 'slow\n')
    assert.equal((await laptop.provision('undo', ...inventory, cut.id)).status, 0)
    assert.equal(await laptop.onHost('fine', 'cat /etc/app.conf'), '4\n')
  })
})

describe('what hosts remember', () => {
  it('is bounded: the oldest runs go when one begins', async () => {
    await laptop.onHost(
      'fine',
      'cd /var/lib/provision/runs && for n in $(seq 10 69); do mkdir 20250101T0000"$n"Z-0000 && touch -d @$n 20250101T0000"$n"Z-0000; done',
    )
    await apply('5')
    const left = (await laptop.onHost('fine', 'ls /var/lib/provision/runs')).trim().split('\n')
    assert.equal(left.length, 50)
    assert.ok(left.includes('20250101T000069Z-0000') && !left.includes('20250101T000010Z-0000'))
    assert.ok(left.includes(first), 'what was written last stays')
  })
})
