import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Change, isChanges } from '../../src/core/resource.ts'
import { chasquidSenderGuard } from '../../src/resources/chasquid-sender-guard.ts'
import { senderGuardScript } from '../../src/resources/sender-guard-script.ts'

// Cases whose answers hold the program itself; the others are in chasquid-sender-guard.cases.yaml.

const text = (mode: string, owner: string, content: string): string =>
  `text ${mode} ${owner} ${Buffer.byteLength(content)}\n${content}`

const upstream = '#!/bin/bash\nset -e\necho X-Spam-Score: 0\n'
const params = chasquidSenderGuard.params.parse({
  domains: { 'example.org': { senders: { i: 'a password' }, send_as: { news: 'hello@example.org' } } },
})
const allowances = '# Written by provision; changes are overwritten.\nnews@example.org hello@example.org\n'

function plan(hook: string, guard: string, allow: string): readonly Change[] {
  const result = chasquidSenderGuard.plan(params, { hook, guard, allowances: allow }, {})
  assert.ok(isChanges(result))
  return result
}

describe('chasquid_sender_guard', () => {
  it('becomes the first thing that the hook does, and brings its files', () => {
    const changes = plan(text('755', 'root root', upstream), 'absent\n', 'absent\n')
    assert.deepEqual(
      changes.map(({ what, diff }) => [what, diff?.after.split('\n').slice(0, 3)]),
      [
        ['/etc/chasquid/hooks/sender-guard', senderGuardScript.split('\n').slice(0, 3)],
        ['/etc/chasquid/hooks/sender-guard.allow', [...allowances.split('\n')]],
        [
          '/etc/chasquid/hooks/post-data',
          ['#!/bin/bash', '# BEGIN sender-guard by provision', 'if [ -n "$AUTH_AS" ]; then'],
        ],
      ],
    )
    assert.ok(changes[2]?.diff?.after.endsWith('# END sender-guard by provision\nset -e\necho X-Spam-Score: 0\n'))
  })

  it('makes a hook where there is none', () => {
    const [hook] = plan(
      'absent\n',
      text('755', 'root root', senderGuardScript),
      text('640', 'root chasquid', allowances),
    )
    assert.ok(hook?.diff?.after.startsWith('#!/bin/sh\n# BEGIN'))
    assert.match(String(hook?.apply), /mode=0755/)
  })

  it('leaves a hook alone that has it already', () => {
    const guarded = plan(text('755', 'root root', upstream), 'absent\n', 'absent\n')[2]?.diff?.after ?? ''
    assert.deepEqual(
      plan(
        text('755', 'root root', guarded),
        text('755', 'root root', senderGuardScript),
        text('640', 'root chasquid', allowances),
      ),
      [],
    )
  })
})
