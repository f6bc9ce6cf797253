import assert from 'node:assert/strict'
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { builtin } from '../../src/core/batch.ts'
import { readFile } from '../../src/core/file.ts'
import type { Answer } from '../../src/core/session.ts'
import { joinScripts, type Script, sh } from '../../src/core/shell.ts'
import { readAccount, readGroups } from '../../src/resources/account-state.ts'
import { readPackages } from '../../src/resources/package-state.ts'
import { sysctl } from '../../src/resources/sysctl.ts'
import { shells, step, TestSession } from '../host/shells.ts'

// What a batch answers has to be, byte for byte, what each read prints by itself.

/** Asks all at once, and each by its own text. @param turns how many the batch may take: 2 where some are asked again. */
async function assertSame(reads: readonly Script[], turns: 1 | 2, shell: readonly string[] = ['dash'], dir?: string) {
  const test = new TestSession(shell, dir)
  try {
    await test.ask(sh`:`)
    const before = test.traffic.turns
    const together = await test.session.survey(reads.map((script, index) => ({ id: `${index}.all`, script })))
    assert.equal(test.traffic.turns - before, turns)
    // What stands behind it keeps a script from being the same text, and takes it out of its batch.
    const alone = (script: Script): Script => joinScripts([script, sh`# alone`])
    for (const [index, script] of reads.entries()) {
      assert.deepEqual(together.get(`${index}.all`), stripped(await test.ask(alone(script))), String(script))
    }
    return together
  } finally {
    await test.close()
  }
}

function stripped({ status, text, stderr }: Answer): Answer {
  return { status, text, stderr }
}

/** A directory with a file for each odd thing; answers its paths. */
function oddFiles(t: TestContext): { readonly home: string; readonly paths: readonly string[] } {
  const home = mkdtempSync(join(tmpdir(), 'provision-test-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const at = (name: string): string => join(home, name)
  const texts: Record<string, string | Buffer> = {
    empty: '',
    line: 'a line\n',
    'no end': 'no line break at the end',
    breaks: '\n\n\n',
    'a "quoted" $name': 'x\n',
    '-n': 'a dash\n',
    '*': 'a glob\n',
    "it's": 'a quote\n',
    'back\\slash': 'a backslash\n',
    'Umlaut-ü': 'ä€🙂\n',
    latin: Buffer.from([0xe4, 0xf6, 0x0a, 0x81, 0x88, 0xff]),
    marks: 'text 644 root root 3\nabsent\n/0/',
    limit: 'x'.repeat(65_536),
    large: 'x'.repeat(65_537),
  }
  for (const [name, text] of Object.entries(texts)) writeFileSync(at(name), text)
  mkdirSync(at('directory'))
  symlinkSync('line', at('link'))
  symlinkSync('/nowhere/at all', at('dangling'))
  symlinkSync('directory', at('to directory'))
  linkSync(at('line'), at('twin'))
  chmodSync(at('empty'), 0o4755)
  const more = [
    'directory',
    'link',
    'dangling',
    'to directory',
    'twin',
    'absent',
    'line/below',
    'no/where',
    'to directory/x',
  ]
  return { home, paths: [...Object.keys(texts), ...more].map(at) }
}

for (const shell of shells) {
  test(`${shell[0]}: files of all kinds and names`, async (t) => {
    const { home, paths } = oddFiles(t)
    const others = ['/', '/dev/null', '/etc', '/nowhere', '/etc/passwd', '/proc/self/nothing']
    const reads = [...paths, ...others].flatMap((path) => [readFile(path), readFile(path, Buffer.from([0]))])
    await assertSame(reads, 1, shell, home)
  })

  test(`${shell[0]}: reads of builtins share one shell`, async () => {
    const reads = [sh`echo one`, sh`printf 'no end'`, sh`[ -e / ]`, sh`printf '/0/\n\n'`, sh`echo "$#$p_nonce"`]
    await assertSame(reads.map(builtin), 1, shell)
    await assertSame([sh`echo one`, sh`false`, sh`echo "('"`, sh`echo out; (exit 3)`].map(builtin), 2, shell)
    await assertSame([sh`echo one`, sh`exit 4`, sh`echo three`].map(builtin), 2, shell)
  })
}

test('files that a batch cannot tell about are asked for one by one', async (t) => {
  const { home, paths } = oddFiles(t)
  const [first = '', second = ''] = paths
  writeFileSync(join(home, 'binary'), Buffer.from([1, 0, 2, 0, 10]))
  await assertSame(
    [first, join(home, 'binary'), second].map((path) => readFile(path)),
    2,
    ['dash'],
    home,
  )
  symlinkSync('two\nlines', join(home, 'odd link'))
  await assertSame(
    [first, join(home, 'odd link')].map((path) => readFile(path)),
    1,
    ['dash'],
    home,
  )
  writeFileSync(join(home, 'secret'), 'x', { mode: 0o000 })
  await assertSame(
    [first, join(home, 'secret'), second].map((path) => readFile(path)),
    2,
    ['dash'],
    home,
  )
  // Their sizes are 0, whatever is in them.
  await assertSame(
    [first, '/proc/version', second].map((path) => readFile(path)),
    2,
    ['dash'],
    home,
  )
})

test('accounts and groups', async () => {
  const names = ['root', 'nobody', 'nosuchuser', 'daemon', 'www-data', 'mail']
  await assertSame(names.map(readAccount), 1)
  await assertSame(['nosuchuser', 'norsuchone'].map(readAccount), 1)
  // getent(1) takes a number for an ID, and answers with another name.
  await assertSame(['root', '0', 'nobody'].map(readAccount), 2)
  await assertSame([['root'], ['nosuchgroup'], ['mail', 'nosuchgroup', 'root'], ['adm', 'tty']].map(readGroups), 1)
  await assertSame([['root'], ['0']].map(readGroups), 2)
})

test('packages', async () => {
  const lists = [['dash'], ['coreutils', 'bash'], ['nosuchpackage'], ['awk', 'dash'], ['nosuchpackage', 'sed', 'grep']]
  await assertSame(lists.map(readPackages), 1)
  await assertSame([['dash'], ['libc6:amd64'], ['mail-transport-agent'], ['g++', 'c++-compiler']].map(readPackages), 1)
  await assertSame([['nosuchpackage'], ['noneofthem']].map(readPackages), 1)
})

test('kernel parameters', async () => {
  const keys = [
    'net.ipv4.ip_forward',
    'kernel.hostname',
    'net.ipv4.tcp_rmem',
    'net.ipv4.ip_local_port_range',
    'vm.swappiness',
  ]
  const reads = keys.flatMap((key) => {
    const { running, saved } = sysctl.read(sysctl.params.parse({ key, value: 1 }), {})
    return [running, saved]
  })
  await assertSame(reads, 1)
  const missing = sysctl.read(sysctl.params.parse({ key: 'net.ipv6.no.such', value: 1 }), {})
  await assertSame([...reads, missing.running, missing.saved], 2)
})

test('a stream compares with what a batch answered, and sees what has changed since', async () => {
  const test = new TestSession()
  try {
    const path = (name: string): string => join(test.home, name)
    for (const name of ['a', 'b', 'c']) {
      writeFileSync(path(name), `${name}\n`)
      chmodSync(path(name), 0o666)
    }
    const questions = ['a', 'b', 'c'].map((name, index) => ({ id: `${index}.state`, script: readFile(path(name)) }))
    const stream = (change: Script) => {
      const steps = [step(0, questions, [change]), step(1, questions, []), step(2, questions, [])]
      return test.session.stream(steps, () => undefined)
    }
    await test.session.survey(questions)
    assert.equal((await stream(sh`echo x >${path('a')}`)).reason, 'finished')
    await test.session.survey(questions)
    const { reason, item, answers } = await stream(sh`echo y >${path('b')}`)
    assert.deepEqual([reason, item], ['moved', 1])
    assert.match(answers.get('1.state')?.text ?? '', /\ny\n$/)
  } finally {
    await test.close()
  }
})
