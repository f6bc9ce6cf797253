import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maskProblems, watchSecrets } from '../../src/commands/secrets.ts'
import { InputError } from '../../src/core/error.ts'
import { Masker, Secret } from '../../src/core/secret.ts'
import type { Play } from '../../src/core/task.ts'
import { load } from '../../src/input/load.ts'
import { registry } from '../../src/resources/index.ts'
import { Folder } from './run.ts'

function loaded(tasks: string, handlers = '[]'): readonly Play[] {
  const folder = new Folder({
    'inventory.yaml': 'all: { hosts: { mx1: } }\n',
    'site.yaml': `- { hosts: all, tasks: ${tasks}, handlers: ${handlers} }\n`,
  })
  return load({
    playbook: `${folder.path}/site.yaml`,
    inventory: [`${folder.path}/inventory.yaml`],
    tags: [],
    skipTags: [],
    extraVariables: [],
    resources: registry,
    searchDirectories: {},
    variableSets: {},
  }).plays
}

/** What the masker hides once all tasks, and then all handlers, were made into items. */
function maskerAfter(plays: readonly Play[]): Masker {
  const masker = new Masker()
  for (const { hosts } of watchSecrets(plays, masker)) {
    for (const { tasks, handlers } of hosts) {
      for (const task of [...tasks, ...handlers.map(({ task }) => task)]) task.expand({})
    }
  }
  return masker
}

test('a secret parameter is masked from the moment on that its item exists', () => {
  const plays = loaded('[{ chasquid_user: { user: i@a.test, password: correct horse } }]')
  const masker = new Masker()
  const [play] = watchSecrets(plays, masker)
  assert.equal(masker.mask('correct horse'), 'correct horse')
  const items = play?.hosts[0]?.tasks[0]?.expand({}) ?? []
  assert.equal(items.length, 1)
  assert.equal(masker.mask('i@a.test has correct horse'), 'i@a.test has ‹secret›')
})

test('handlers have secrets, too, and they may be deep inside', () => {
  const masker = maskerAfter(
    loaded(
      '[{ command: x, notify: send }]',
      '[{ name: send, acme_certificate: { domain: a.test, dns: dns_cf, env: { CF_Token: token-of-ours }, install: { key: /k, fullchain: /f } } }]',
    ),
  )
  assert.equal(masker.mask('CF_Token=token-of-ours'), 'CF_Token=‹secret›')
})

test('addresses and paths among secret parameters stay readable; keys that begin with a slash do not', () => {
  const masker = maskerAfter(
    loaded(
      '[{ acme_certificate: { domain: a.test, dns: dns_nsupdate, install: { key: /k, fullchain: /f }, env: ' +
        '{ SERVER: 192.0.2.53, SIX: "2001:db8::53", KEY: /var/lib/acme.sh/tsig.key, TSIG: /9j4AAQSkZJRgABAQ== } } }]',
    ),
  )
  assert.equal(
    masker.mask('192.0.2.53 2001:db8::53 /var/lib/acme.sh/tsig.key /9j4AAQSkZJRgABAQ=='),
    '192.0.2.53 2001:db8::53 /var/lib/acme.sh/tsig.key ‹secret›',
  )
})

test('mistakes in the input show no secret, though they quote the line', () => {
  const masker = new Masker()
  masker.add(new Secret('hunter22'))
  const place = { file: 'inventory.yaml', line: 3, column: 5 }
  const error = new InputError([
    { message: 'unknown "hunter22"', place, frame: '3 | a: hunter22', hint: 'not hunter22' },
  ])
  assert.throws(
    () =>
      maskProblems(masker, () => {
        throw error
      }),
    (thrown: unknown) => {
      assert.ok(thrown instanceof InputError)
      assert.deepEqual(thrown.problems, [
        { message: 'unknown "‹secret›"', place, frame: '3 | a: ‹secret›', hint: 'not ‹secret›' },
      ])
      assert.doesNotMatch(String(thrown.stack), /hunter22/)
      return true
    },
  )
})

test('what is no mistake in the input passes as it is', () => {
  const error = new TypeError('broken')
  assert.throws(
    () =>
      maskProblems(new Masker(), () => {
        throw error
      }),
    (thrown) => thrown === error,
  )
  assert.equal(
    maskProblems(new Masker(), () => 42),
    42,
  )
})
