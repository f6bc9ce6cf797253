import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import {
  fingerprint,
  KnownHostsFiles,
  keyType,
  knownName,
  parseKnownHosts,
  speaksOf,
} from '../../src/host/known-hosts.ts'
import { cpuTime } from '../cpu-time.ts'
import { newKey } from './keys.ts'

const directory = mkdtempSync(join(tmpdir(), 'provision-test-'))
after(() => rmSync(directory, { recursive: true }))

function matches(hosts: string, name: string): boolean {
  const [line] = parseKnownHosts(`${hosts} ssh-ed25519 ${newKey().toString('base64')}`, 'file')
  return line !== undefined && speaksOf(line, name)
}

test('names, wildcards, negation and ports as sshd(8) describes them', () => {
  assert.ok(matches('mx1.example.org,198.51.100.11', '198.51.100.11'))
  assert.ok(matches('MX1.example.org', knownName('mx1.EXAMPLE.org', 22)))
  assert.ok(matches('*.example.org', 'mx1.example.org'))
  assert.ok(matches('mx?.example.org', 'mx1.example.org'))
  assert.ok(matches('[198.51.100.11]:2222', knownName('198.51.100.11', 2222)))
  assert.ok(matches('[2001:db8::1]:2222', knownName('2001:db8::1', 2222)))
  assert.ok(!matches('*.example.org,!mx1.example.org', 'mx1.example.org'))
  assert.ok(!matches('!mx1.example.org', 'mx2.example.org'))
  assert.ok(!matches('mx1.example.org', 'mx1xexample.org'))
  assert.ok(!matches('198.51.100.11', knownName('198.51.100.11', 2222)))
})

test('comments, empty lines, markers, and lines that make no sense', () => {
  const key = newKey().toString('base64')
  const text = `# comment\n\nmx1 ssh-ed25519 ${key} comment\n@revoked * ssh-ed25519 ${key}\n@cert-authority *.x ssh-ed25519 ${key}\nnonsense\n@new mx1 ssh-ed25519 ${key}\nmx1 ssh-rsa ${key}\n  mx1\tssh-ed25519  ${key} # of\tmx1\r\n`
  assert.deepEqual(
    parseKnownHosts(text, 'file').map(({ line, hosts, marker }) => [line, hosts, marker]),
    [
      [3, 'mx1', undefined],
      [4, '*', 'revoked'],
      [5, '*.x', 'cert-authority'],
      [9, 'mx1', undefined],
    ],
  )
})

test('names that ssh-keygen has hashed are found, and fingerprints are the ones it prints', () => {
  const file = join(directory, 'hashed')
  const key = newKey()
  writeFileSync(file, `mx1.example.org,[198.51.100.11]:2222 ssh-ed25519 ${key.toString('base64')}\n`)
  const printed = spawnSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' }).stdout
  assert.ok(printed.includes(fingerprint(key)), printed)
  spawnSync('ssh-keygen', ['-H', '-f', file])
  const lines = parseKnownHosts(readFileSync(file, 'utf8'), file)
  assert.ok(lines.every(({ hosts }) => hosts.startsWith('|1|')))
  assert.ok(lines.some((line) => speaksOf(line, 'mx1.example.org')))
  assert.ok(lines.some((line) => speaksOf(line, '[198.51.100.11]:2222')))
  assert.ok(!lines.some((line) => speaksOf(line, '198.51.100.11')))
  assert.equal(keyType(key), 'ssh-ed25519')
})

test('keys that are added at once, from several programs, are all there, where ssh-keygen finds them', async () => {
  const file = join(directory, 'new', 'known_hosts')
  const programs = [new KnownHostsFiles(), new KnownHostsFiles()]
  const names = [...Array(40).keys()].map((n) => `host${n}.example.org`)
  const keys = names.map(newKey)
  await programs[0]?.add(file, 'first', newKey(), false)
  writeFileSync(file, readFileSync(file, 'utf8').trimEnd())
  await programs[0]?.add(file, 'second', newKey(), false)
  await Promise.all(names.map(async (name, n) => programs[n % 2]?.add(file, name, keys[n] ?? newKey(), n % 4 < 2)))
  const lines = parseKnownHosts(readFileSync(file, 'utf8'), file)
  assert.equal(lines.length, 42)
  names.forEach((name, n) => {
    assert.ok(
      lines.some((line) => speaksOf(line, name) && line.key.equals(keys[n] ?? newKey())),
      name,
    )
  })
  assert.equal(spawnSync('ssh-keygen', ['-F', 'host0.example.org', '-f', file]).status, 0)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(statSync(join(directory, 'new')).mode & 0o777, 0o700)
  await programs[1]?.add(file, 'host0.example.org', keys[0] ?? newKey(), false)
  assert.equal((await programs[1]?.about([file, join(directory, 'absent')], ['host0.example.org']))?.length, 1)
  assert.equal(parseKnownHosts(readFileSync(file, 'utf8'), file).length, 42)
})

test('10 MB of lines are parsed once, and a name is found among them fast, as often as it is asked for', async () => {
  const file = join(directory, 'large')
  const key = newKey()
  const base64 = key.toString('base64')
  const count = 85_000
  const lines = Array.from({ length: count }, (_, n) =>
    n % 10 === 0
      ? `|1|${salt}|${hash} ssh-ed25519 ${base64} host ${n}`
      : `host${n}.example.org,192.0.2.1 ssh-ed25519 ${base64} host ${n}`,
  )
  lines.push(`*.example.org,!bad.example.org ssh-ed25519 ${base64}`)
  writeFileSync(file, lines.join('\n'))
  assert.ok(statSync(file).size > 10_000_000, `${statSync(file).size}`)
  const files = new KnownHostsFiles()
  const started = cpuTime()
  assert.deepEqual(await linesAbout(files, file, 'host84999.example.org'), [85_000, 85_001])
  const first = cpuTime() - started
  assert.deepEqual(await linesAbout(files, file, 'bad.example.org'), [])
  const again = cpuTime()
  for (let n = 0; n < 1000; n++) await linesAbout(files, file, 'host84999.example.org')
  const thousand = cpuTime() - again
  assert.ok(first < 3000 && thousand < 300, `first ${first} ms, a thousand more ${thousand} ms`)
})

const salt = Buffer.alloc(20, 1).toString('base64')
const hash = Buffer.alloc(20, 2).toString('base64')

async function linesAbout(files: KnownHostsFiles, file: string, name: string): Promise<number[]> {
  return (await files.about([file], [name])).map(({ line }) => line)
}

test('several files are read in their order, and a host behind a port is looked for under both of its names', async () => {
  const [user, system] = [join(directory, 'user'), join(directory, 'system')]
  const keys = [newKey(), newKey(), newKey()].map((key) => key.toString('base64'))
  writeFileSync(user, `mx1 ssh-ed25519 ${keys[0]}\r\n# comment\r\n`)
  writeFileSync(system, `@revoked * ssh-ed25519 ${keys[1]}\n[mx1]:2222,mx2 ssh-ed25519 ${keys[2]}\n`)
  const known = await new KnownHostsFiles().about([user, system], ['[mx1]:2222', 'mx1'])
  assert.deepEqual(
    known.map(({ file, line, key }) => [file, line, keys.indexOf(key.toString('base64'))]),
    [
      [user, 1, 0],
      [system, 1, 1],
      [system, 2, 2],
    ],
  )
})
