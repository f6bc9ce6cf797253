import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { Running } from '../e2e/running.ts'
import { ed25519, identity, sealed } from '../local/age-vectors.ts'
import { Folder } from './run.ts'

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
const RECIPIENT = /^age1[a-z0-9]{58}$/

/** A folder of somebody who has a key, and is the only recipient. */
function team(files: { readonly [name: string]: string } = {}): Folder {
  const folder = new Folder(files)
  const made = folder.provision('secrets', 'keygen')
  folder.write('secrets.recipients', `# anna\n${made.stdout}`)
  mkdirSync(join(folder.path, 'memory'))
  folder.environment = { XDG_RUNTIME_DIR: join(folder.path, 'memory') }
  return folder
}

const read = (folder: Folder, name: string): string => readFileSync(join(folder.path, name), 'utf8')

/** What an editor's command is; nothing of what it was given to edit is left. */
function edit(folder: Folder, editor: string, file = 'a.yaml'): ReturnType<Folder['provision']> {
  folder.environment = { ...folder.environment, EDITOR: editor }
  const ended = folder.provision('secrets', 'edit', file)
  assert.deepEqual(readdirSync(join(folder.path, 'memory')), [])
  return ended
}

test('keygen makes a key that only its owner can read, prints the recipient, and replaces no other key', () => {
  const folder = new Folder({})
  const { code, stdout, stderr } = folder.provision('secrets', 'keygen')
  assert.equal(code, 0)
  assert.match(stdout.trim(), RECIPIENT)
  assert.match(stderr, /^Your key is in ~\/\.config\/provision\/identity\.txt\./)
  const file = '.config/provision/identity.txt'
  assert.equal(statSync(join(folder.path, file)).mode & 0o777, 0o600)
  const before = read(folder, file)
  assert.match(before, /^# created: .*\n# public key: age1[a-z0-9]{58}\nAGE-SECRET-KEY-1[A-Z0-9]{58}\n$/)
  const again = folder.provision('secrets', 'keygen')
  assert.equal(again.code, 4)
  assert.match(again.stderr, /identity\.txt exists: what is encrypted for the key in it could never be opened again/)
  assert.equal(read(folder, file), before)
})

test('encrypt replaces files, for those in the nearest secrets.recipients, and view prints them', () => {
  const folder = team({ 'vars/a.yaml': 'a: hunter22\n', 'b.yaml': 'b: 1\n' })
  const { code, stdout, stderr } = folder.provision('secrets', 'encrypt', 'vars/a.yaml', 'b.yaml')
  assert.deepEqual(
    { code, stdout, stderr },
    { code: 0, stdout: '', stderr: 'vars/a.yaml: encrypted for anna\nb.yaml: encrypted for anna\n' },
  )
  assert.match(read(folder, 'vars/a.yaml'), /^-----BEGIN AGE ENCRYPTED FILE-----\n/)
  assert.equal(folder.provision('secrets', 'view', 'vars/a.yaml').stdout, 'a: hunter22\n')
  const again = folder.provision('secrets', 'encrypt', 'b.yaml')
  assert.equal(again.stderr, 'b.yaml is encrypted already\n  For other recipients: provision secrets rekey b.yaml\n')
})

test('nobody to encrypt for, and a private key among the recipients, are told before anything is written', () => {
  const folder = new Folder({ 'a.yaml': 'a: 1\n' })
  assert.match(folder.provision('secrets', 'encrypt', 'a.yaml').stderr, /^for whom is a\.yaml to be encrypted\?\n/)
  folder.write('secrets.recipients', `${identity}\n`)
  const { code, stderr } = folder.provision('secrets', 'encrypt', 'a.yaml')
  assert.equal(code, 4)
  assert.match(stderr, /^secrets\.recipients holds a private key/)
  assert.ok(!stderr.includes(identity))
  assert.equal(read(folder, 'a.yaml'), 'a: 1\n')
})

test('a file for others says so: what was tried, and what they can do', () => {
  const folder = team({ 'x.yaml': sealed.ed25519 })
  const { code, stderr } = folder.provision('secrets', 'view', 'x.yaml', '--identity', '.config/provision/identity.txt')
  assert.equal(code, 4)
  assert.match(
    stderr,
    /^x\.yaml is encrypted for others: the SSH key ssh-ed25519 [\w+/]{6}\n {2}Tried .*identity\.txt \(age1\w+\)\. .* provision secrets rekey x\.yaml\n$/,
  )
  const nobody = new Folder({ 'x.yaml': sealed.x25519 }).provision('secrets', 'view', 'x.yaml')
  assert.match(
    nobody.stderr,
    /^x\.yaml is encrypted, and there is no key to open it with\n {2}Looked at PROVISION_IDENTITY_FILE, ~\/\.config\/provision\/identity\.txt, ~\/\.ssh\/id_ed25519, ~\/\.ssh\/id_rsa\./,
  )
})

test('SSH keys open files: the one in ~/.ssh that a file names', () => {
  const folder = new Folder({ 'x.yaml': sealed.ed25519, '.ssh/id_ed25519.pub': ed25519.publicKey })
  writeFileSync(join(folder.path, '.ssh/id_ed25519'), ed25519.privateKey, { mode: 0o600 })
  assert.equal(folder.provision('secrets', 'view', 'x.yaml').stdout, 'made with age')
})

test('a passphrase comes from a file; without one and without a terminal that is said', () => {
  const folder = new Folder({ 'x.yaml': sealed.scrypt, right: 'correct horse\n', wrong: 'battery\n' })
  assert.equal(folder.provision('secrets', 'view', 'x.yaml', '--passphrase-file', 'right').stdout, 'made with age')
  assert.equal(
    folder.provision('secrets', 'view', 'x.yaml', '--passphrase-file', 'wrong').stderr,
    'the passphrase in wrong does not open x.yaml\n',
  )
  assert.match(
    folder.provision('secrets', 'view', 'x.yaml').stderr,
    /there is no terminal to ask on\n {2}Use --passphrase-file FILE\.\n$/,
  )
})

test('edit writes only what changed, and never what is no YAML', () => {
  const folder = team()
  assert.equal(edit(folder, 'true').stderr, 'Nothing was written: there is still no a.yaml.\n')
  assert.equal(existsSync(join(folder.path, 'a.yaml')), false)
  const look = `sh -c 'stat -c %a "$1" "$(dirname "$1")" > seen; echo "a: hunter22" > "$1"' sh`
  assert.equal(edit(folder, look).stderr, 'a.yaml: encrypted for anna\n')
  assert.equal(read(folder, 'seen'), '600\n700\n')
  const before = read(folder, 'a.yaml')
  assert.equal(edit(folder, 'true').stderr, 'a.yaml is as it was.\n')
  const broken = edit(folder, "sed -i 's/hunter22/[hunter22/'")
  assert.equal(broken.code, 4)
  assert.match(broken.stderr, /^a\.yaml:2:1 {2}.*\na\.yaml is as it was\.\n$/)
  assert.match(edit(folder, 'false').stderr, /^the editor ended with exit 1\n/)
  assert.equal(read(folder, 'a.yaml'), before)
  assert.equal(folder.provision('secrets', 'view', 'a.yaml').stdout, 'a: hunter22\n')
})

for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  test(`edit that is ended by ${signal} leaves nothing in clear`, async () => {
    const folder = team({ 'a.yaml': 'a: hunter22\n' })
    folder.provision('secrets', 'encrypt', 'a.yaml')
    const env = {
      PATH: process.env.PATH,
      HOME: folder.path,
      EDITOR: 'touch started; exec sleep 30; :',
      ...folder.environment,
    }
    const words = ['--import', import.meta.resolve('tsx'), cli, 'secrets', 'edit', 'a.yaml']
    const running = new Running(spawn(process.execPath, words, { cwd: folder.path, env }))
    await running.while('starts the editor', () => existsSync(join(folder.path, 'started')))
    assert.equal(readdirSync(join(folder.path, 'memory')).length, 1)
    running.signal(signal)
    await running.ended
    assert.deepEqual(readdirSync(join(folder.path, 'memory')), [])
  })
}

test('rekey is for the recipients of now; all files or none', () => {
  const folder = team({ 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 2\n' })
  folder.provision('secrets', 'encrypt', 'a.yaml', 'b.yaml')
  const before = read(folder, 'a.yaml')
  folder.write('ben.key', ed25519.privateKey)
  folder.write(
    'secrets.recipients',
    `${read(folder, 'secrets.recipients')}${ed25519.publicKey.replace(/ test$/, ' ben@laptop')}\n`,
  )
  folder.write('foreign.yaml', sealed.ed25519)
  const refused = folder.provision('secrets', 'rekey', 'a.yaml', 'foreign.yaml')
  assert.equal(refused.code, 4)
  assert.equal(read(folder, 'a.yaml'), before)
  const { code, stderr } = folder.provision('secrets', 'rekey', 'a.yaml', 'b.yaml')
  assert.equal(code, 0, stderr)
  assert.match(stderr, /^a\.yaml: encrypted for anna, ben@laptop\nb\.yaml: encrypted for anna, ben@laptop\n/)
  assert.equal(folder.provision('secrets', 'view', 'b.yaml', '--identity', 'ben.key').stdout, 'b: 2\n')
})

test('a run reads encrypted files, and shows nothing of them', () => {
  const folder = team({
    'inventory.yaml': 'all: { hosts: { here: { connection: local } } }\n',
    'group_vars/all/secrets.yaml': 'secrets: { mail: hunter22 }\nplain: word-of-mine\n',
    'site.yaml':
      '- hosts: all\n  tasks:\n    - name: say {{ plain }}\n      debug: { message: "{{ secrets.mail }} {{ plain }} {{ b64enc plain }}" }\n',
  })
  folder.provision('secrets', 'encrypt', 'group_vars/all/secrets.yaml')
  const { code, stdout, stderr } = folder.provision('-i', 'inventory.yaml', 'site.yaml', '-vv', '-e', 'x=word-of-mine')
  assert.equal(code, 0, stderr)
  assert.match(stdout, /‹secret› ‹secret› ‹secret›/)
  assert.doesNotMatch(stdout + stderr, /hunter22|word-of-mine/)
  assert.match(folder.provision('-i', 'inventory.yaml', 'site.yaml', '--list-tasks').stdout, /say ‹secret›/)
})

const ASKING = `
- hosts: all
  vars_prompt:
    - { name: password, prompt: Password of the database, confirm: yes }
    - { name: version, private: no, default: 3 }
  tasks: [debug: { message: "{{ password }} {{ version }}" }]
`
const ASKED = { 'inventory.yaml': 'all: { hosts: { here: { connection: local } } }\n', 'site.yaml': ASKING }

test('a play that asks says without a terminal what to type instead', () => {
  const { code, stderr } = new Folder(ASKED).provision('-i', 'inventory.yaml', 'site.yaml')
  assert.equal(code, 4)
  assert.match(stderr, /^site\.yaml:4:7 {2}"password" is to be asked for, and there is no terminal$/m)
  assert.match(stderr, /put it into an encrypted file: -e @FILE/)
  assert.match(stderr, /-e version=…, or -e @FILE/)
})

test('on a terminal a play asks once, hides what is private, and masks it', async () => {
  const folder = new Folder(ASKED)
  const words = [process.execPath, '--import', import.meta.resolve('tsx'), cli, '-i', 'inventory.yaml', 'site.yaml']
  const command = words.map((word) => `'${word}'`).join(' ')
  const running = new Running(
    spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      cwd: folder.path,
      env: { PATH: process.env.PATH, HOME: folder.path, CI: '1', NO_COLOR: '1', TERM: 'xterm' },
    }),
  )
  await running.until(/Password of the database: /)
  running.type('hunter22\r')
  await running.until(/once more: /)
  running.type('hunter22\r')
  await running.until(/version \[3\]: /)
  running.type('\r')
  const { status, stdout } = await running.ended
  const screen = stripVTControlCharacters(stdout)
  assert.equal(status, 0, screen)
  assert.match(screen, /‹secret› 3/)
  assert.doesNotMatch(screen, /hunter22/)
})
