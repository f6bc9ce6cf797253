import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFault } from '../../src/core/finding.ts'
import { look } from './looking.ts'

/** What a good host says; the clock is right unless it says so. */
const good = {
  user: 'root',
  uid: '0',
  arch: 'x86_64',
  systemd: 'runs',
  memory: '2014328',
  os: ['PRETTY_NAME="Debian GNU/Linux 13 (trixie)"', 'VERSION_ID="13"', 'ID=debian'],
  free: ['Mounted on Available', '/ 50000000', '/ 50000000'],
  tmp: 'rw,nosuid,nodev',
}

type Answer = { readonly [key: string]: string | readonly string[] | undefined }

async function find(
  answer: Answer,
  params = {},
  ahead = 0,
): Promise<{ wrong: string[]; right: number; faults: number }> {
  const lines = Object.entries({ ...good, ...answer }).flatMap(([key, value]) =>
    value === undefined ? [] : [value].flat().map((each) => `${key} ${each}\n`),
  )
  const clock = `clock ${Math.floor(Date.now() / 1000) + ahead}\n`
  const { report, said } = await look('host_fit', params, { host: lines.join('') + clock })
  const { findings = [] } = report
  assert.ok(findings.every(({ verdict, remedy }) => verdict === 'right' || remedy))
  return {
    wrong: said.filter((text) => !text.startsWith('right')),
    right: said.length - findings.filter(({ verdict }) => verdict !== 'right').length,
    faults: findings.filter(isFault).length,
  }
}

describe('a host that is to be a mail server', () => {
  it('is fit', async () => {
    assert.deepEqual(await find({}, { name: 'smtp.example.org' }), { wrong: [], right: 9, faults: 0 })
  })

  it('may have /var on a file system of its own', async () => {
    const free = ['Mounted on Available', '/ 50000000', '/var 50000000']
    assert.deepEqual(await find({ free }), { wrong: [], right: 9, faults: 0 })
  })

  const ubuntu = (version: string) => ["PRETTY_NAME='Ubuntu X'", `VERSION_ID="${version}"`, 'ID=ubuntu']
  const cases: readonly [it: string, answer: Answer, wrong: string][] = [
    ['another distribution', { os: ['ID=arch'] }, 'os-unsupported: arch is none of debian 12, 13, ubuntu 22.04, 24.04'],
    [
      'an old release',
      { os: ubuntu('20.04') },
      'os-unsupported: Ubuntu X is none of debian 12, 13, ubuntu 22.04, 24.04',
    ],
    [
      'no os-release',
      { os: [] },
      'os-unsupported: a system without os-release is none of debian 12, 13, ubuntu 22.04, 24.04',
    ],
    ['another processor', { arch: 'riscv64' }, 'arch-unsupported: riscv64 is none of x86_64, aarch64'],
    [
      'another init',
      { systemd: undefined, init: 'busybox' },
      'systemd-missing: does not run the host: the first process is busybox',
    ],
    ['another user', { user: 'deploy', uid: '1000' }, 'root-missing: the user deploy is not root'],
    ['256 MB', { memory: '240000' }, 'memory-low: 234 MB is less than 512 MB'],
    ['a full disk', { free: ['/ 50000000', '/var 1000000'] }, 'disk-full: 976 MB free, and 2048 MB are needed'],
  ]
  for (const [it_, answer, wrong] of cases) {
    it(`is not with ${it_}`, async () => {
      assert.deepEqual((await find(answer)).wrong, [`wrong ${wrong}`])
      assert.equal((await find(answer)).faults, 1)
    })
  }

  it('knows each release that is supported', async () => {
    for (const version of ['22.04', '24.04']) assert.deepEqual((await find({ os: ubuntu(version) })).wrong, [])
    const { wrong } = await find({ os: ['ID=arch', 'VERSION_ID=1'] }, { releases: { arch: ['1'] } })
    assert.deepEqual(wrong, [])
  })

  it('has as much memory as it was sold with, of which the kernel keeps some', async () => {
    const of = async (memory: string) => find({ memory })
    assert.deepEqual(await of('986000'), { wrong: [], right: 8, faults: 0 })
    assert.deepEqual(await of('480000'), { wrong: ['wrong memory-low: 469 MB is tight'], right: 7, faults: 0 })
  })

  it('need not let programs run in /tmp, but should', async () => {
    assert.deepEqual(await find({ tmp: 'rw,noexec,nosuid' }), {
      wrong: ['wrong tmp-noexec: mounted noexec'],
      right: 7,
      faults: 0,
    })
    assert.deepEqual((await find({ tmp: undefined })).wrong, [])
  })

  it('has a clock that agrees with ours', async () => {
    assert.deepEqual((await find({}, {}, 50)).wrong, [])
    const off = async (seconds: number) => (await find({}, {}, seconds)).wrong[0]
    assert.match((await off(-100))!, /^wrong clock-wrong: 10[01] s behind this machine’s clock$/)
    assert.equal(await off(3600), 'wrong clock-wrong: 60 minutes ahead of this machine’s clock')
    assert.equal(await off(-28_800), 'wrong clock-wrong: 8 hours behind this machine’s clock')
    assert.equal(await off(864_000), 'wrong clock-wrong: 10 days ahead of this machine’s clock')
    assert.deepEqual((await find({}, { clock: '3h' }, 3600)).wrong, [])
  })

  it('is to have a full name', async () => {
    assert.deepEqual((await find({}, { name: 'mx1' })).wrong, [
      'wrong name-not-full: has no domain, so nobody can look it up',
    ])
  })
})
