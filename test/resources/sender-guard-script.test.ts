import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { senderGuardScript } from '../../src/resources/sender-guard-script.ts'

// The program itself, in this machine's sh and awk; i@example.org has logged in unless a case says otherwise.

const folder = mkdtempSync(join(tmpdir(), 'provision-guard-'))
const program = join(folder, 'sender-guard')
const allowances = join(folder, 'allow')
writeFileSync(program, senderGuardScript, { mode: 0o755 })
writeFileSync(allowances, '# A remark.\nnews@example.org Hello@example.net *@lists.example.org\nany@example.org *\n')
after(() => rmSync(folder, { recursive: true }))

interface Mail {
  readonly user?: string
  readonly from?: string
  readonly headers: readonly string[]
}

function guard({ user = 'i@example.org', from = user, headers }: Mail): { code: number | null; said: string } {
  const input = ['Subject: From: boss@example.com', ...headers, '', 'From: boss@example.com', ''].join('\r\n')
  const env = { PATH: process.env.PATH ?? '', AUTH_AS: user, MAIL_FROM: from }
  const { status, stdout, stderr } = spawnSync('sh', [program, allowances], { input, env, encoding: 'utf8' })
  assert.equal(stderr, '')
  return { code: status, said: stdout.trim() }
}

const passes: readonly (readonly [why: string, mail: Mail])[] = [
  ['a bare address', { headers: ['From: i@example.org'] }],
  ['a name in front', { headers: ['From: Me Myself <i@example.org>'] }],
  ['other letters', { user: 'I@example.org', headers: ['FROM: <I@Example.ORG>'] }],
  ['a suffix and dots', { from: 'i+bounces@example.org', headers: ['From: i.+news@example.org'] }],
  ['a quoted name that looks like an address', { headers: ['From: "boss@example.com" <i@example.org>'] }],
  ['a quoted name with a quote in it', { headers: ['From: "a \\" <boss@example.com>, b" <i@example.org>'] }],
  ['comments, one in another', { headers: ['From: (boss@example.com (really)) i@example.org (me)'] }],
  ['a folded field', { headers: ['From: Somebody with', '\ta long name', ' <i@example.org>'] }],
  [
    'another field that is folded like one',
    { headers: ['From: i@example.org', 'X-Note: a', ' From: boss@example.com'] },
  ],
  ['two of the own addresses', { headers: ['From: i@example.org, Me <i+2@example.org>'] }],
  ['a group', { headers: ['From: Us: i@example.org, <i+2@example.org>;'] }],
  ['no sender, as for receipts', { from: '<>', headers: ['From: i@example.org'] }],
  [
    'an address that is allowed',
    { user: 'news@example.org', from: 'x@lists.example.org', headers: ['From: hello@example.net'] },
  ],
  [
    'any address where all are allowed',
    { user: 'any@example.org', from: 'boss@example.com', headers: ['From: boss@example.com'] },
  ],
  ['a stranger, who is not asked', { user: '', from: 'boss@example.com', headers: ['From: boss@example.com'] }],
]

const refuses: readonly (readonly [why: string, mail: Mail, said: string])[] = [
  [
    'another sender',
    { from: 'boss@example.com', headers: ['From: i@example.org'] },
    'i@example.org may not send as boss@example.com (MAIL FROM)',
  ],
  [
    'another From',
    { headers: ['From: Boss <boss@example.com>'] },
    'i@example.org may not send as boss@example.com (From)',
  ],
  [
    'another user of the domain',
    { headers: ['From: boss@example.org'] },
    'i@example.org may not send as boss@example.org (From)',
  ],
  [
    'another domain',
    { headers: ['From: i@example.org.example.com'] },
    'i@example.org may not send as i@example.org.example.com (From)',
  ],
  [
    'a second address',
    { headers: ['From: i@example.org, boss@example.com'] },
    'i@example.org may not send as boss@example.com (From)',
  ],
  [
    'a second pair of brackets',
    { headers: ['From: <i@example.org> <boss@example.com>'] },
    'i@example.org may not send as boss@example.com (From)',
  ],
  [
    'a second field',
    { headers: ['From: i@example.org', 'from : boss@example.com'] },
    'i@example.org may not send as boss@example.com (From)',
  ],
  [
    'a field folded in an odd place',
    { headers: ['From:', ' boss@example.com'] },
    'i@example.org may not send as boss@example.com (From)',
  ],
  [
    'a member of a group',
    { headers: ['From: i@example.org: boss@example.com;'] },
    'i@example.org may not send as boss@example.com (From)',
  ],
  [
    'a bracket that does not close',
    { headers: ['From: <boss@example.com'] },
    'i@example.org may not send as boss@example.com (From)',
  ],
  [
    'the own address as a name only',
    { headers: ['From: i@example.org <boss@example.com>'] },
    'i@example.org may not send as boss@example.com (From)',
  ],
  [
    'what is allowed to somebody else',
    { headers: ['From: hello@example.net'] },
    'i@example.org may not send as hello@example.net (From)',
  ],
  ['no From at all', { headers: ['To: i@example.org'] }, 'i@example.org may not send as nobody (there is no From)'],
  [
    'shell text',
    { headers: ['From: $(touch /tmp/x)`id`@example.com'] },
    'i@example.org may not send as $`id`@example.com (From)',
  ],
]

describe('sender-guard', () => {
  for (const [why, mail] of passes) {
    it(`lets pass: ${why}`, () => assert.deepEqual(guard(mail), { code: 0, said: '' }))
  }

  for (const [why, mail, said] of refuses) {
    it(`refuses for good: ${why}`, () => assert.deepEqual(guard(mail), { code: 20, said }))
  }

  it('can do without a file of allowances', () => {
    rmSync(allowances)
    assert.equal(guard({ headers: ['From: i@example.org'] }).code, 0)
    assert.equal(guard({ user: 'any@example.org', headers: ['From: boss@example.com'] }).code, 20)
  })
})
