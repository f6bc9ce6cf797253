import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { placeFile, readFile } from '../../src/core/file.ts'
import { sh } from '../../src/core/shell.ts'
import { Recorder, shells, step, TestSession } from '../host/shells.ts'

const directory = mkdtempSync(join(tmpdir(), 'provision-login-'))
chmodSync(directory, 0o755)
after(() => rmSync(directory, { recursive: true }))

/** Programs that say something else than those of the system, and leave a trace. */
const trace = join(directory, 'trace')
const planted = join(directory, 'bin')
mkdirSync(planted)
mkdirSync(trace)
chmodSync(trace, 0o777)
for (const program of [
  'sha256sum',
  'stat',
  'cat',
  'id',
  'mktemp',
  'mv',
  'cp',
  'sync',
  'flock',
  'sh',
  'base64',
  'printf',
  'env',
]) {
  writeFileSync(join(planted, program), `#!/bin/sh\n: >${trace}/${program}\necho planted\n`, { mode: 0o755 })
}
const startup = join(directory, 'startup')
writeFileSync(
  startup,
  `: >${trace}/startup\necho noise\necho more noise >&2\nstat() { : >${trace}/function; }\nalias cat="touch ${trace}/alias"\numask 077\nset -u\n`,
)

/** What a login can hand on: by ~/.profile, ~/.bashrc, ~/.ssh/environment, PAM. */
const LOGINS: { readonly [name: string]: readonly string[] } = {
  'a PATH with planted programs': [`PATH=${planted}:/usr/bin:/bin`],
  'files that shells read when they start': [`ENV=${startup}`, `BASH_ENV=${startup}`],
  'odd words and separators': [
    'IFS=/0x',
    'CDPATH=/usr',
    'PS1=$(id)',
    'PS2=x',
    'PS4=x',
    'OPTIND=9',
    'OPTARG=x',
    'LINENO=x',
    'PPID=1',
  ],
  'another language and another time': [
    'LC_ALL=C.UTF-8',
    'LANG=de_DE.UTF-8',
    'LANGUAGE=de',
    'LC_MESSAGES=de',
    'TZ=Asia/Tokyo',
  ],
  'options of programs': [
    'GREP_OPTIONS=-v',
    'TAR_OPTIONS=--help',
    'LS_COLORS=x',
    'TIME_STYLE=x',
    'QUOTING_STYLE=c',
    'BLOCK_SIZE=human-readable',
    'COLUMNS=1',
    'LESSOPEN=|id',
  ],
  'libraries that are not there': ['LD_LIBRARY_PATH=/nowhere', 'PERL5OPT=-Mnowhere', 'PERL5LIB=/nowhere'],
  'variables of ours': [
    'p_nonce=x',
    'p_moved=1',
    'p_stop=1',
    'p_streamer=1',
    'p_uid=0',
    'p_state=/nowhere',
    'p_out=x',
    'p_limit=1',
    'p_record=x',
    'p_guard_text=false',
    'p_run=/nowhere',
    '_temporary=/nowhere',
    '_box=x',
  ],
  'no home': ['-u', 'HOME'],
  'a home that is not there': ['HOME=/nowhere'],
  'a home that nobody may write in': ['HOME=/'],
}

const shell = ['dash']

const open: TestSession[] = []
after(() => Promise.all(open.map((session) => session.close())))

/** A session that ends with the tests, whatever becomes of them. */
function opened(program: readonly string[]): TestSession {
  const session = new TestSession(program)
  open.push(session)
  return session
}

for (const [name, words] of Object.entries(LOGINS)) {
  test(`a login that hands on ${name} changes nothing of what is asked and done`, async () => {
    const test = opened(['/usr/bin/env', ...words, '/bin/dash'])
    const path = join(test.home, 'file')
    const questions = [
      { id: '0.file', script: readFile(path, Buffer.alloc(1)) },
      { id: '1.words', script: sh`umask; set -- 'a b' c; echo $#; set +u; echo "$p_never$LC_ALL"; date -u +%Z` },
    ]
    const asked = await test.session.survey(questions)
    assert.deepEqual(asked.get('0.file'), { status: 0, text: 'absent\n', stderr: '' })
    assert.deepEqual(asked.get('1.words'), { status: 0, text: '0022\n2\nC\nUTC\n', stderr: '' })
    const recorder = new Recorder()
    const steps = [
      step(0, questions, [placeFile({ path, content: Buffer.from([0, 255]), mode: '0640' })]),
      step(1, questions, []),
    ]
    const end = await test.session.stream(steps, recorder.onFrame)
    assert.equal(end.reason, 'finished', recorder.output('stderr'))
    assert.equal(recorder.output('stdout') + recorder.output('stderr'), '')
    const frame = recorder.frames.find((each) => each.type === 'answers')
    const text = frame?.type === 'answers' ? (frame.answers.get('0.file')?.text ?? '') : ''
    assert.match(text, /^hash 640 \S+ \S+ 2\n06eb7d6a69ee19e5fbdf749018d3d2abfa04bcbd1365db312eb86dc7169389b8 /)
    assert.equal(statSync(path).mode & 0o777, 0o640)
    for (const each of ['startup', 'function', 'alias', ...['sha256sum', 'stat', 'cat', 'id', 'mktemp']]) {
      assert.ok(!existsSync(join(trace, each)), `${each} was used`)
    }
  })
}

for (const [program, ...args] of shells) {
  test(`${program}: a login that prints megabytes, forged lines and half of a character before the shell is heard out`, async (t) => {
    const noise = `i=0; while [ $i -lt 20000 ]; do echo "0123456789abcdef0123456789abcdef answer 0 5 $i"; i=$((i + 1)); done`
    const login = `${noise}; ${noise} >&2; printf '\\303\\033[2J\\000'; exec ${[program, ...args].join(' ')}`
    const test = opened(['sh', '-c', login])
    assert.deepEqual(await test.ask(sh`echo hello`), { status: 0, text: 'hello\n', stderr: '' })
    t.diagnostic(`${test.traffic.bytesDown} bytes of noise`)
  })
}

test('where the state of a user cannot be written, a change that owes a handler does not run, and says why', async () => {
  const test = opened(['/usr/bin/env', 'HOME=/', ...shell])
  const recorder = new Recorder()
  const end = await test.session.stream([step(0, [], [sh`echo ran`], { owes: ['restart a'] })], recorder.onFrame)
  assert.equal(end.reason, 'failed')
  assert.doesNotMatch(recorder.output('stdout'), /ran/)
  assert.match(recorder.output('stderr'), /\.local/)
})

/** Login shells that are no POSIX shells, or have startup files of their own, as far as this machine has them. */
const LOGIN_SHELLS = ['bash', 'fish', 'tcsh', 'csh', 'zsh', 'ksh93', 'mksh', 'elvish', 'nu', 'pwsh'].filter(
  (program) => spawnSync(program, ['-c', 'true']).error === undefined,
)

test('whatever the login shell is, it becomes the shell that is spoken to', async (t) => {
  // What sshd does with the command line of a session, and what sudo's password needs (src/host/reach.ts, src/host/sudo.ts).
  const greeting = sh`sh -c ${'echo ready; exec sh'}`.reveal()
  for (const program of LOGIN_SHELLS) {
    for (const command of ['exec sh', `exec env LC_ALL=C ${greeting}`]) {
      const test = opened([program, '-c', command])
      const text = `it's "$HOME" \\ !! %s é`
      assert.deepEqual(await test.ask(sh`printf %s ${text}`), { status: 0, text, stderr: '' }, program)
    }
  }
  t.diagnostic(`login shells: ${LOGIN_SHELLS.join(', ')}`)
})
