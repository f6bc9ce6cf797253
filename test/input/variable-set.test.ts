import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { notes, type Project, project } from './project.ts'

const mail = z.object({
  domains: z.record(
    z.string(),
    z.strictObject({
      senders: z.record(z.string(), z.string()).default({}),
      dmarc: z
        .strictObject({ policy: z.enum(['none', 'quarantine', 'reject']).default('none'), rua: z.string().optional() })
        .prefault({}),
    }),
  ),
  mail_host: z.string().default('{{ inventory_hostname }}.example.org'),
  ttl: z.number().default(300),
  ipv4: z.string().optional(),
  purge: z.boolean().default(false),
})

const variableSets = { mail }

function site(inventory: string, text: string): Project {
  return project({
    'inventory.yaml': inventory,
    'site.yaml': `- hosts: all\n  variables: mail\n  tasks:\n    - note: { text: ${text} }\n`,
  })
}

const INVENTORY = `all:
  hosts: { mx1: , mx2: { mail_host: smtp2.example.org } }
  vars:
    word: s3cret
    ttl: "{{ seconds }}"
    seconds: 60
    domains:
      example.org:
        senders: { i: "{{ word }}" }
        dmarc: { rua: "{{ mail_host }}" }
`

test('values are rendered and validated, defaults filled in, at every depth', () => {
  const loaded = site(INVENTORY, '["{{ mail_host }}", "{{ ttl }}", "{{ domains }}"]').load({ variableSets })
  const domains = (rua: string): object => ({
    'example.org': { senders: { i: 's3cret' }, dmarc: { policy: 'none', rua } },
  })
  assert.deepEqual(notes(loaded), [['mx1.example.org', 60, domains('mx1.example.org')]])
  assert.deepEqual(notes(loaded, { host: 'mx2' }), [['smtp2.example.org', 60, domains('smtp2.example.org')]])
})

test('text from the command line counts as the truth value that is wanted', () => {
  const one = site(INVENTORY, '"{{ purge }}"')
  for (const [text, value] of [
    ['true', true],
    ['false', false],
    ['yes', true],
  ] as const) {
    assert.deepEqual(notes(one.load({ variableSets, extraVariables: [`purge=${text}`] })), [value])
  }
  assert.match(
    one.errors({ variableSets, extraVariables: ['purge=maybe'] }),
    /purge: expected true or false, got a string/,
  )
})

test('the command line is validated like the rest, and text from it counts as the number that is wanted', () => {
  const one = site(INVENTORY, '"{{ ttl }}"')
  assert.deepEqual(notes(one.load({ variableSets, extraVariables: ['seconds=120'] })), [120])
  assert.match(
    one.errors({ variableSets, extraVariables: ['ttl=x'] }),
    /^-e:1:8 {2}ttl: expected a number, got a string/,
  )
})

test('what only the run can tell is left for the run, and the rest is complete', () => {
  const inventory = INVENTORY.replace('{{ word }}', '{{ host.arch }}').replace(
    '    word:',
    '    ipv4: "{{ host.arch }}"\n    word:',
  )
  const loaded = site(inventory, '["{{ domains }}", "{{ ipv4 }}"]').load({ variableSets })
  assert.deepEqual([...(loaded.plays[0]?.hosts[0]?.tasks[0]?.uses ?? [])], ['host'])
  const domains = { 'example.org': { senders: { i: 'x86' }, dmarc: { policy: 'none', rua: 'mx1.example.org' } } }
  assert.deepEqual(notes(loaded, { runtime: { host: { arch: 'x86' } } }), [[domains, 'x86']])
})

test('a wrong value is shown where it is set, once for all hosts', () => {
  const one = site(INVENTORY.replace('rua: "{{ mail_host }}"', 'policy: quarentine, pr: 1'), '1')
  assert.equal(
    one.errors({ variableSets }),
    `inventory.yaml:10:26  domains."example.org".dmarc.policy: "quarentine" is none of none, quarantine, reject
   9 |         senders: { i: "{{ word }}" }
  10 |         dmarc: { policy: quarentine, pr: 1 }
     |                          ^^^^^^^^^^ did you mean "quarantine"?
inventory.yaml:10:38  unknown key "pr"
   9 |         senders: { i: "{{ word }}" }
  10 |         dmarc: { policy: quarentine, pr: 1 }
     |                                      ^^
  domains."example.org".dmarc has policy, rua`,
  )
})

test('a missing variable is shown at the play, with the hosts that lack it', () => {
  const one = site('all: { hosts: { mx1: { domians: {} }, mx2: { domains: {} }, mx3: { domians: {} } } }\n', '1')
  assert.equal(
    one.errors({ variableSets }),
    `site.yaml:2:14  variable "domains" is not set for mx1, mx3
  1 | - hosts: all
  2 |   variables: mail
    |              ^^^^ "domians" is set: did you mean "domains"?`,
  )
})

test('an unknown set is a mistake', () => {
  assert.equal(
    site(INVENTORY, '1').errors({ variableSets: { mial: mail } }),
    `site.yaml:2:14  variables: no set is named "mail"
  1 | - hosts: all
  2 |   variables: mail
    |              ^^^^ did you mean "mial"?`,
  )
})
