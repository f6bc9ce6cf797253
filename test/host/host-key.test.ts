import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type HostIdentity, hostKeyAlgorithms, judgeHostKey } from '../../src/host/host-key.ts'
import { fingerprint, parseKnownHosts } from '../../src/host/known-hosts.ts'
import { newKey, newRsaKey } from './keys.ts'

const file = join(homedir(), '.ssh', 'known_hosts')
const key = newKey()
const other = newKey()
const rsa = newRsaKey()

function line(hosts: string, known: Buffer, type = 'ssh-ed25519'): string {
  return `${hosts} ${type} ${known.toString('base64')}\n`
}

function identity(text: string, more: Partial<HostIdentity> = {}): HostIdentity {
  return {
    host: '198.51.100.11',
    alias: '198.51.100.11',
    port: 22,
    pin: undefined,
    known: parseKnownHosts(text, file),
    ...more,
  }
}

function refusal(given: HostIdentity, shown: Buffer): { unknown: boolean; message: string; hint: string | undefined } {
  const verdict = judgeHostKey(given, shown)
  assert.ok(!verdict.trusted)
  assert.equal(verdict.error.stage, 'host key')
  return { unknown: verdict.unknown, message: verdict.error.message, hint: verdict.error.hint }
}

test('a known key is trusted', () => {
  assert.deepEqual(judgeHostKey(identity(line('198.51.100.11', other) + line('198.51.100.11', key)), key), {
    trusted: true,
  })
})

test('an unknown key is refused with its fingerprint, and may be accepted', () => {
  assert.deepEqual(refusal(identity(line('198.51.100.12', key)), key), {
    unknown: true,
    message: `198.51.100.11 is not in known_hosts; it shows ${fingerprint(key)} (ssh-ed25519)`,
    hint: 'Compare the fingerprint, then again with --accept-new; or pin the key in the inventory: host_key',
  })
})

test('a changed key says which line, what was expected and what to do, and is never to be accepted', () => {
  assert.deepEqual(refusal(identity(`# comment\n${line('198.51.100.11', other)}`), key), {
    unknown: false,
    message: `198.51.100.11 shows another host key than known_hosts line 2\nexpected ${fingerprint(other)}  got ${fingerprint(key)} (ssh-ed25519)`,
    hint: 'If the host was reinstalled: ssh-keygen -R 198.51.100.11, then again with --accept-new. If not, somebody may be listening: stop.',
  })
})

test('a key of another type than the known one counts as changed', () => {
  const { unknown, message } = refusal(identity(line('198.51.100.11', rsa, 'ssh-rsa')), key)
  assert.equal(unknown, false)
  assert.match(message, /expected SHA256:\S+ \(ssh-rsa\) {2}got SHA256:\S+ \(ssh-ed25519\)$/)
})

test('on another port the key noted with the port decides, and one without is good too', () => {
  const port = { port: 2222 }
  assert.ok(judgeHostKey(identity(line('[198.51.100.11]:2222', key), port), key).trusted)
  assert.ok(judgeHostKey(identity(line('198.51.100.11', key), port), key).trusted)
  assert.equal(refusal(identity(line('198.51.100.11', other), port), key).unknown, true)
  const both = line('[198.51.100.11]:2222', other) + line('198.51.100.11', key)
  const { unknown, hint } = refusal(identity(both, port), key)
  assert.equal(unknown, false)
  assert.match(hint ?? '', /ssh-keygen -R '\[198\.51\.100\.11\]:2222',/)
})

test('a revoked key is refused whatever else vouches for it', () => {
  const text = `@revoked ${line('*', key)}${line('198.51.100.11', key)}`
  assert.match(
    refusal(identity(text), key).message,
    /^198\.51\.100\.11 shows a host key that known_hosts line 1 revokes\n/,
  )
  assert.equal(refusal(identity(text, { pin: fingerprint(key) }), key).unknown, false)
})

test('a certificate authority vouches for no plain key', () => {
  assert.equal(refusal(identity(`@cert-authority ${line('*', key)}`), key).unknown, true)
})

test('a pin is a whole key or a fingerprint, and overrules known_hosts', () => {
  const text = line('198.51.100.11', other)
  for (const pin of [fingerprint(key), `ssh-ed25519 ${key.toString('base64')} root@mx1`, key.toString('base64')]) {
    assert.ok(judgeHostKey(identity(text, { pin }), key).trusted, pin)
    const { unknown, message } = refusal(identity(text, { pin }), other)
    assert.equal(unknown, false)
    assert.match(message, /another host key than host_key in the inventory\nexpected SHA256:\S+ {2}got SHA256:/)
  }
})

test('the types that a host is known by are offered first', () => {
  const known = identity(line('198.51.100.11', rsa, 'ssh-rsa'))
  assert.deepEqual(hostKeyAlgorithms(known).slice(0, 4), ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa', 'ssh-ed25519'])
  assert.equal(hostKeyAlgorithms(identity('')).at(0), 'ssh-ed25519')
  const pinned = identity('', { pin: `ssh-rsa ${rsa.toString('base64')}` })
  assert.equal(hostKeyAlgorithms(pinned).at(0), 'rsa-sha2-512')
})
