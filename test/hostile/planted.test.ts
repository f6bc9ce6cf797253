import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseFile, placeFile, planFile, readFile, type WantedFile } from '../../src/core/file.ts'
import { prelude } from '../../src/core/prelude.ts'
import { isChanges } from '../../src/core/resource.ts'
import { joinScripts, type Script, sh } from '../../src/core/shell.ts'
import { shells } from '../host/shells.ts'

/** Somebody who may log in on the host, and whose directory we write in. Only root can play two users. */
const MALLORY = 65534
const isRoot = process.getuid?.() === 0
const asMallory = isRoot ? sh`setpriv --reuid=${MALLORY} --regid=${MALLORY} --clear-groups` : sh`env`

const root = mkdtempSync(join(tmpdir(), 'provision-planted-'))
chmodSync(root, 0o755)
after(() => rmSync(root, { recursive: true }))

let directories = 0

/** A directory of Mallory's, and a file of ours that she is after. */
function scene(): { home: string; ours: string } {
  const at = join(root, String(directories++))
  const home = join(at, 'home')
  const ours = join(at, 'shadow')
  mkdirSync(home, { recursive: true })
  writeFileSync(ours, 'root:secret\n', { mode: 0o600 })
  chmodSync(home, 0o777)
  if (isRoot) chownSync(home, MALLORY, MALLORY)
  return { home, ours }
}

function run(script: Script, shell: readonly string[] = ['dash']): { status: number | null; stderr: string } {
  const [program = '', ...args] = shell
  const text = joinScripts([sh`cd /; umask 022`, prelude, script]).reveal()
  const { status, stderr } = spawnSync(program, args, { input: text, encoding: 'utf8', timeout: 10_000 })
  return { status, stderr }
}

/** Whatever happened, our file is as it was, and nothing of ours was given away. */
function assertUntouched(ours: string): void {
  assert.equal(readFileSync(ours, 'utf8'), 'root:secret\n')
  const { mode, uid } = statSync(ours)
  assert.deepEqual([mode & 0o7777, uid], [0o600, process.getuid?.()])
}

function left(home: string): string[] {
  return readdirSync(home).filter((name) => name.startsWith('.provision'))
}

/** What Mallory does, as soon as a program of place_file has ended: functions of that name stand in front of it. */
function whileIn(program: 'mktemp' | 'chmod' | 'cp' | 'sync' | 'dd', attack: Script): Script {
  return sh`${program}() { command ${program} "$@"; said=$?; ${asMallory} sh -c ${attack.reveal()} >/dev/null 2>&1; return "$said"; }`
}

const moments = ['mktemp', 'chmod', 'cp', 'sync', 'dd'] as const

for (const shell of shells) {
  const [name] = shell

  test(`${name}: whatever the owner of a directory swaps for a link while we write, we write nowhere else`, (t) => {
    if (!isRoot) t.diagnostic('not root: every attack is by the same user, who can only be seen to be harmless')
    let attacks = 0
    for (const moment of moments) {
      for (const keeps of [false, true]) {
        const { home, ours } = scene()
        const path = join(home, 'motd')
        writeFileSync(path, 'old\n', { mode: 0o644 })
        if (isRoot) chownSync(path, MALLORY, MALLORY)
        // Everything with our name, and the target itself, becomes a link to what she wants.
        const swap = sh`cd ${home}; for each in .provision.* motd; do mv -f "$each" moved.$$.$each; ln -sfn ${ours} "$each"; done`
        const owner = isRoot ? ['owner=nobody', 'mode=0666'] : ['mode=0666']
        const place = sh`place_file ${path} ${owner} backup=1 ${keeps ? [] : ['text=new']}`
        run(joinScripts([isRoot ? whileIn(moment, swap) : sh``, place]), shell)
        assertUntouched(ours)
        const stolen = readdirSync(home).filter((each) => {
          const file = join(home, each)
          return lstatSync(file).isFile() && readFileSync(file, 'utf8').includes('secret')
        })
        assert.deepEqual(stolen, [], `${moment}: a copy of what is ours was given away`)
        attacks++
      }
    }
    t.diagnostic(`${name}: ${attacks} swaps in the middle of place_file`)
  })

  test(`${name}: a link planted where a backup will be is replaced, not followed`, () => {
    const { home, ours } = scene()
    const path = join(home, 'motd')
    writeFileSync(path, 'old\n')
    const fixed = sh`date() { echo 20260101T000000Z; }`
    symlinkSync(ours, `${path}.20260101T000000Z.bak`)
    const { status, stderr } = run(joinScripts([fixed, sh`place_file ${path} backup=1 text=new`]), shell)
    assert.equal(status, 0, stderr)
    assertUntouched(ours)
    assert.equal(readFileSync(`${path}.20260101T000000Z.bak`, 'utf8'), 'old\n')
    assert.ok(lstatSync(`${path}.20260101T000000Z.bak`).isFile())
    assert.equal(readFileSync(path, 'utf8'), 'new')
    assert.deepEqual(left(home), [])
  })

  test(`${name}: in a directory that others may write in, a file gets content, owner and mode as anywhere`, () => {
    for (const [mode, odd] of [
      [0o777, 'plain'],
      [0o2775, 'set-group-ID'],
      [0o1777, 'sticky'],
      [0o755, 'ours'],
      [0o755, "a 'quoted'\nname"],
      [0o777, '-rf'],
      [0o777, '$(touch x) `touch y` \\ * ?'],
    ] as const) {
      const { home } = scene()
      const directory = join(home, odd)
      mkdirSync(directory)
      chmodSync(directory, mode)
      const path = join(directory, `-n ${odd}`)
      const validate = 'test "$(cat %s)" = "$(printf "two\\nlines")" && test'
      const placed = run(sh`place_file ${path} mode=0640 validate=${`${validate} -f`} text=${'two\nlines\n'}`, shell)
      assert.deepEqual(placed, { status: 0, stderr: '' })
      const kept = run(sh`place_file ${path} mode=0600`, shell)
      assert.deepEqual(kept, { status: 0, stderr: '' })
      assert.equal(readFileSync(path, 'utf8'), 'two\nlines\n')
      assert.equal(statSync(path).mode & 0o7777, 0o600)
      const refused = run(sh`place_file ${path} validate=${'false'} text=other`, shell)
      assert.notEqual(refused.status, 0)
      assert.equal(readFileSync(path, 'utf8'), 'two\nlines\n')
      assert.deepEqual(readdirSync(directory), [`-n ${odd}`])
    }
  })
}

test('a link or a special file is never taken for the file whose owner or mode is asked for', () => {
  const { home, ours } = scene()
  symlinkSync(ours, join(home, 'link'))
  spawnSync('mkfifo', [join(home, 'pipe')])
  for (const [name, reason] of [
    ['link', /is a link to .*: name the file itself/],
    ['pipe', /is neither a file nor a directory/],
  ] as const) {
    const wanted: WantedFile = { path: join(home, name), owner: 'nobody', mode: '0644' }
    const text = joinScripts([prelude, readFile(wanted.path)]).reveal()
    const { stdout } = spawnSync('dash', { input: text, encoding: 'utf8' })
    const plan = planFile(wanted, parseFile(stdout))
    assert.ok('notReady' in plan)
    assert.match(plan.notReady, reason)
  }
  // With content, a link makes room for a file of its own; what it pointed to stays as it is.
  const wanted: WantedFile = { path: join(home, 'link'), content: 'text' }
  const plan = planFile(wanted, parseFile(`link 777 nobody nogroup 5\n${ours}\n`))
  assert.ok(isChanges(plan))
  assert.equal(run(placeFile(wanted)).status, 0)
  assertUntouched(ours)
  assert.equal(readFileSync(join(home, 'link'), 'utf8'), 'text')
})
