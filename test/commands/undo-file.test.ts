import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judgeFile, nowOf, stateOf } from '../../src/commands/undo-file.ts'
import type { KeptFile } from '../../src/engine/run-log.ts'

const [OLD, NEW, OTHER] = ['a', 'b', 'c'].map((digit) => digit.repeat(64))
const kept: KeptFile = {
  path: '/etc/x',
  kind: 'file',
  copy: 1,
  bytes: 4,
  directory: '/etc',
  wrote: { kind: 'file', sha256: NEW! },
}
const absent: Partial<KeptFile> = { kind: 'absent', copy: undefined }
const removed: Partial<KeptFile> = { wrote: { kind: 'absent' } }

function file(sha256 = '', attributes = '644 root root'): string {
  return `hash ${attributes} 4\n${sha256}  -\n`
}

interface Case {
  readonly it: string
  readonly file?: Partial<KeptFile>
  readonly now: string
  readonly same?: string
  readonly old?: string
  readonly later?: string
  readonly force?: boolean
  readonly is: string
}

const cases: readonly Case[] = [
  { it: 'what the run wrote is there', now: file(NEW), is: 'restorable' },
  { it: 'the old version is there', now: file(OLD), is: 'as before' },
  {
    it: 'the old content, with another mode',
    now: file(OLD, '600 root root'),
    is: 'refused: somebody changed it since',
  },
  {
    it: 'only the mode was changed',
    file: { wrote: { kind: 'file', sha256: OLD! } },
    now: file(OLD, '600 root root'),
    is: 'restorable',
  },
  { it: 'something else is there', now: file(OTHER), is: 'refused: somebody changed it since' },
  { it: 'nothing is there', now: 'absent\n', is: 'refused: somebody changed it since' },
  { it: 'something else, by another run', now: file(OTHER), later: 'R', is: 'refused: run R replaced it again' },
  { it: 'another run that was undone', now: file(NEW), later: 'R', is: 'restorable' },
  { it: 'something else, and --force', now: file(OTHER), force: true, is: 'restorable' },
  {
    it: 'a directory, and --force',
    now: 'directory 755 root root 4096\n',
    force: true,
    is: 'lost: there is a directory, which is left as it is',
  },
  { it: 'its directory is gone', now: 'no directory\n', force: true, is: 'lost: its directory is gone' },
  {
    it: 'the run was cut off while it wrote',
    file: { wrote: undefined },
    now: file(NEW),
    is: 'refused: the run was cut off while it wrote it',
  },
  { it: 'the run was cut off behind a removal', file: { wrote: undefined }, now: 'absent\n', is: 'restorable' },
  { it: 'a file that was removed', file: removed, now: 'absent\n', is: 'restorable' },
  { it: 'a file that was made', file: absent, now: file(NEW), old: '', is: 'restorable' },
  { it: 'a file that was made, and is gone', file: absent, now: 'absent\n', old: '', is: 'as before' },
  {
    it: 'a file that was made, in a directory that is gone',
    file: absent,
    now: 'no directory\n',
    old: '',
    is: 'as before',
  },
  {
    it: 'a link that was replaced',
    file: { kind: 'link' },
    now: file(NEW),
    old: 'link 777 root root 1\na\n',
    is: 'restorable',
  },
  {
    it: 'a link that is back',
    file: { kind: 'link' },
    now: 'link 777 root root 1\na\n',
    old: 'link 777 root root 1\na\n',
    is: 'as before',
  },
  {
    it: 'a folder that was removed',
    file: { kind: 'directory', ...removed },
    now: 'absent\n',
    old: 'directory 755 root root 9\n',
    is: 'restorable',
  },
  {
    it: 'a folder that is back',
    file: { kind: 'directory', ...removed },
    now: 'directory 755 root root 9\n',
    same: 'same\n',
    old: 'directory 755 root root 9\n',
    is: 'as before',
  },
  {
    it: 'another folder',
    file: { kind: 'directory', ...removed },
    now: 'directory 755 root root 9\n',
    old: 'directory 755 root root 9\n',
    is: 'lost: there is a directory again, which is left as it is',
  },
  {
    it: 'too large to be kept',
    file: { kind: 'large', copy: undefined },
    now: file(NEW),
    old: '',
    is: 'lost: its old version was not kept: it is too large',
  },
  { it: 'the copy was taken away', now: file(NEW), old: 'absent\n', is: 'lost: its old version is gone' },
]

describe('whether a file can be put back', () => {
  for (const one of cases) {
    it(`${one.it}: ${one.is}`, () => {
      const params = { run: 'RUN', file: { ...kept, ...one.file }, later: one.later, force: one.force ?? false }
      const judgement = judgeFile(params, nowOf(one.now, one.same ?? ''), stateOf(one.old ?? file(OLD)))
      assert.equal('why' in judgement ? `${judgement.state}: ${judgement.why}` : judgement.state, one.is)
    })
  }
})
