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
  const text = `# comment\n\nmx1 ssh-ed25519 ${key} comment\n@revoked * ssh-ed25519 ${key}\n@cert-authority *.x ssh-ed25519 ${key}\nnonsense\n@new mx1 ssh-ed25519 ${key}\n`
  assert.deepEqual(
    parseKnownHosts(text, 'file').map(({ line, hosts, marker }) => [line, hosts, marker]),
    [
      [3, 'mx1', undefined],
      [4, '*', 'revoked'],
      [5, '*.x', 'cert-authority'],
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
  assert.equal((await programs[1]?.keys([file, join(directory, 'absent')]))?.length, 42)
})
