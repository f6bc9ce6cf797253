import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import type { Lab } from '../../src/lab/lab.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { cli, type Said } from './controller.ts'
import { type FaultReport, fault } from './fault.ts'
import { Laptop, read } from './laptop.ts'

// A controller on whose disk there is no room for what it wants to keep.

/** Its home is a small file system of its own. */
class SmallLaptop extends Laptop {
  readonly home = join(this.folder, 'home')

  override get environment(): Record<string, string> {
    return { ...super.environment, HOME: this.home, XDG_STATE_HOME: join(this.home, 'state') }
  }

  override close(): void {
    execFileSync('umount', [this.home])
    super.close()
  }

  /** Takes what room there is. */
  fill(): void {
    try {
      execFileSync('dd', ['if=/dev/zero', `of=${this.home}/.filler`, 'bs=4k', 'status=none'], { stdio: 'ignore' })
    } catch {
      // dd ends so when the disk is full.
    }
  }

  empty(): void {
    rmSync(join(this.home, '.filler'), { force: true })
  }
}

const app = `
- hosts: all
  tasks:
    - file: { path: /etc/app/app.conf, content: "{{ version }}\\n" }
`
let lab: Lab
let laptop: SmallLaptop
let address: string
let playbook: string
let version = 0

before(async () => {
  lab = await openLab({ hosts: [{ name: 'mx1', release: 'trixie' }] })
  address = lab.host('mx1').ipv4
  laptop = new SmallLaptop(lab)
  mkdirSync(laptop.home)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', laptop.home])
  await lab.demand('mx1', ['mkdir', '/etc/app'])
  copyFileSync(join(lab.directory, 'known_hosts'), laptop.knownHosts)
  playbook = laptop.write('app.yaml', app)
})

after(async () => {
  laptop?.close()
  await lab?.close()
})

/** Runs on a full disk, then twice on one that has room again: the first of these does what is to be done, the second nothing. */
async function suffer(
  report: FaultReport,
  words: readonly RegExp[],
  run: (version: number) => Promise<Said>,
): Promise<Said> {
  version++
  laptop.fill()
  const said = await run(version)
  laptop.empty()
  report.injected()
  const text = said.stdout + said.stderr
  assert.doesNotMatch(text, /mistake in provision|^ +at /m)
  for (const word of words) {
    assert.match(text, word)
    report.saw(word.exec(text)?.[0] ?? '')
  }
  return said
}

async function settles(run: (version: number) => Promise<Said>): Promise<void> {
  const first = await run(version)
  assert.equal(first.status, 0, first.stdout + first.stderr)
  const second = await run(version)
  assert.match(read(second), /^mx1 {2}changed 0 {2}ok 1 {2}failed 0$/m)
}

/** What the program keeps in the home. */
function kept(): readonly string[] {
  const entries = readdirSync(laptop.home, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}

describe('the controller', () => {
  const kind = 'disk of the controller full'
  const apply = (version: number, ...args: readonly string[]): Promise<Said> =>
    laptop.provision(
      ...laptop.inventory('hosts', { mx1: { host: address } }),
      playbook,
      '-e',
      `version=${version}`,
      ...args,
    )

  fault({ fault: kind, where: 'where a host key is added to known_hosts' }, async (report) => {
    const own = join(laptop.home, 'known_hosts')
    laptop.write('config', `Host *\nUserKnownHostsFile ${own}\nGlobalKnownHostsFile none\n`)
    const accept = (version: number): Promise<Said> => apply(version, '--accept-new')
    const said = await suffer(report, [/known_hosts cannot be written/, /ENOSPC: no space left on device/], accept)
    assert.equal(said.status, 3)
    assert.equal(readFileSync(own, 'utf8'), '')
    await settles(accept)
    assert.equal(readFileSync(own, 'utf8').split('\n').length, 2)
    report.after('nothing was contacted further; then the key is added, as wanted; 0 changed at the run after')
  })

  fault({ fault: kind, where: 'where the list of failed hosts is kept' }, async (report) => {
    const closed = (...args: readonly string[]): Promise<Said> =>
      laptop.provision(
        ...laptop.inventory('closed', { mx1: { host: address, port: 2222 } }),
        playbook,
        '-e',
        'version=1',
        ...args,
      )
    assert.equal((await closed()).status, 3)
    const words = [
      /Which hosts failed is not remembered/,
      /cannot be written: ENOSPC\. In place of @failed, --limit takes their names\./,
    ]
    const said = await suffer(report, words, () => closed())
    assert.equal(said.status, 3)
    assert.deepEqual(
      kept().filter((name) => name.startsWith('failed-')),
      [],
    )
    assert.match((await closed('--limit', '@failed')).stderr, /no host is remembered as failed/)
    assert.equal((await closed()).status, 3)
    assert.match((await closed('--limit', '@failed')).stdout, /port 2222 refuses connections/)
    report.after('no list, not half a list; the next run has one')
  })

  fault({ fault: kind, where: 'where the key of plans is made, and where a plan is saved' }, async (report) => {
    const plan = join(laptop.home, 'plan.json')
    const save = (version: number): Promise<Said> => apply(version, '--check', '--save', plan)
    assert.equal((await suffer(report, [/the key of plans \S+ cannot be used: ENOSPC/], save)).status, 4)
    assert.deepEqual(
      kept().filter((name) => name.startsWith('plan')),
      [],
    )
    assert.equal((await save(version)).status, 2)
    const before = readFileSync(plan, 'utf8')
    assert.equal((await suffer(report, [/cannot write the plan \S+: ENOSPC/], save)).status, 4)
    assert.equal(readFileSync(plan, 'utf8'), before)
    assert.equal((await save(version)).status, 2)
    assert.equal((await laptop.provision('apply', plan)).status, 0)
    await settles(apply)
    report.after('the old plan stays whole; the next one is saved and applied; 0 changed at the run after')
  })

  fault({ fault: kind, where: 'where a backup is written' }, async (report) => {
    const folder = join(laptop.home, 'backups')
    const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'
    const archive = JSON.stringify({ paths: ['/etc/app'], folder, name: 'mx1', recipients: [recipient] })
    const backup = laptop.write('backup.yaml', `- hosts: all\n  tasks: [{ age_archive: ${archive} }]\n`)
    const run = (version: number): Promise<Said> =>
      apply(version).then(() => laptop.provision(...laptop.inventory('hosts', { mx1: { host: address } }), backup))
    await run(version)
    const before = readFileSync(join(folder, 'mx1.tar.gz.age'))
    const said = await suffer(report, [/cannot write \S+mx1\.tar\.gz\.age/], run)
    assert.equal(said.status, 1)
    assert.deepEqual(readdirSync(folder), ['mx1.json', 'mx1.tar.gz.age'])
    assert.deepEqual(readFileSync(join(folder, 'mx1.tar.gz.age')), before)
    await settles(run)
    assert.notDeepEqual(readFileSync(join(folder, 'mx1.tar.gz.age')), before)
    report.after('the old archive stays whole; the next run makes a new one; 0 changed at the run after')
  })

  fault({ fault: kind, where: 'where the output of a run is written to' }, async (report) => {
    const log = join(laptop.home, 'log')
    const argv = [process.execPath, cli, ...laptop.inventory('hosts', { mx1: { host: address } }), playbook, '-vv']
    const run = async (version: number): Promise<Said> => {
      const command = `exec "$@" -e version=${version} >${log}`
      const ended = await lab.execute(['sh', '-c', command, 'sh', ...argv], { environment: laptop.environment })
      return { ...ended, events: [] }
    }
    const said = await suffer(
      report,
      [/The output cannot be written any more: ENOSPC: .*\. What was begun goes on\./],
      run,
    )
    assert.equal(said.status, 0, said.stderr)
    assert.equal(await lab.demand('mx1', ['cat', '/etc/app/app.conf']), `${version}\n`)
    assert.match(read(await apply(version)), /^mx1 {2}changed 0 {2}ok 1 {2}failed 0$/m)
    report.after('the run went on to its end; 0 changed at the run after')
  })
})
