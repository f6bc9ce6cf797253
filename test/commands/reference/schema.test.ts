import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Ajv } from 'ajv'
import { load } from 'js-yaml'
import { playbookSchema } from '../../../src/commands/reference/schema.ts'
import { resources } from '../../../src/resources/index.ts'
import { cases } from '../../resources/case.ts'

const root = join(import.meta.dirname, '../../..')
const schema = playbookSchema(resources)
// Strict: a keyword that no editor knows is a mistake, too. Formats are a hint for editors, patterns say the same.
const ajv = new Ajv({
  allErrors: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  validateFormats: false,
})
const validate = ajv.compile(schema)

/** What an editor that has the schema would underline; empty when it is fine with the text. */
function underlined(yaml: string): readonly string[] {
  validate(load(yaml))
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

for (const folder of ['playbooks', 'tasks']) {
  for (const file of readdirSync(join(root, folder)).filter((name) => name.endsWith('.yaml'))) {
    test(`${folder}/${file} is valid`, () => {
      assert.deepEqual(underlined(readFileSync(join(root, folder, file), 'utf8')), [])
    })
  }
}

describe('the examples and cases of a resource are valid', () => {
  for (const { name, examples } of resources) {
    test(name, () => {
      assert.deepEqual(underlined(examples), [])
      const check = ajv.compile({ $ref: `#/definitions/${name}`, definitions: schema.definitions })
      for (const { it, params, invalid } of cases.get(name) ?? []) {
        if (invalid === undefined) assert.ok(check(params), `${it}: ${ajv.errorsText(check.errors)}`)
      }
    })
  }
})

const valid = {
  'a short form': '- command: uname -a',
  'a resource without parameters': '- reboot:',
  'a template for a mapping, a number and a truth value':
    '- dns_records: { server: 192.0.2.1, zone: a.test, key: "{{ dns.key }}", ttl: "{{ dns.ttl }}", records: "{{ all }}" }\n' +
    '- service: { name: x, enabled: "{{ flag }}" }',
  'words for a truth value': '- { service: { name: x, enabled: yes }, become: "no" }',
  'an optional parameter that is left empty': '- file: { path: /x, content: a, owner: , mode: null }',
  'a loop over a mapping, with a name for its values':
    '- { command: x, loop: { a: 1 }, loop_control: { loop_var: one, index_var: n, label: "{{ one }}" } }',
  'a block of tasks': '- { block: [{ command: x }], when: [a is defined, true], tags: [a, b] }',
  'a block of lines': '- block: { path: /etc/hosts, block: a }',
  'an expression': '- { debug: { var: host.addresses } }\n- { assert: { that: 1 < 2 } }',
  'a playbook that is imported': '- { import_playbook: site.yaml, name: Again, tags: [a] }\n- { hosts: all }',
  'a play that asks': '- { hosts: all, confirm: This ends everything. }',
  'a play': '- { hosts: [a, "!b"], vars: , serial: [1, 50%], tasks: [{ include: a.yaml, vars: { x: 1 } }] }',
}
for (const [what, yaml] of Object.entries(valid)) {
  test(`${what} is valid`, () => assert.deepEqual(underlined(yaml), []))
}

const wrong: Record<string, readonly [yaml: string, problem: string]> = {
  'a mistyped resource': ['- sysctll: { key: a.b, value: 0 }', '/0 must NOT have additional properties'],
  'a mistyped parameter': ['- sysctl: { key: a.b, valeu: 0 }', '/0/sysctl must NOT have additional properties'],
  'a mistyped keyword': ['- { command: x, regsiter: y }', '/0 must NOT have additional properties'],
  'a mistyped key of a play': ['- { hosts: all, taks: [] }', '/0 must NOT have additional properties'],
  'a condition at an imported playbook': [
    '- { import_playbook: a.yaml, when: x }',
    '/0 must NOT have additional properties',
  ],
  'a question that is none': ['- { hosts: all, confirm: true }', '/0/confirm must be string,null'],
  'a mistyped key of loop_control': [
    '- { command: x, loop: [1], loop_control: { loopvar: y } }',
    '/0/loop_control must NOT have additional properties',
  ],
  'a word that is no choice': [
    '- file: { path: /x, state: absnet }',
    '/0/file/state must be equal to one of the allowed values',
  ],
  'an unquoted mode': ['- file: { path: /x, content: a, mode: 0644 }', '/0/file/mode must be string'],
  'a relative path': ['- file: { path: x, content: a }', '/0/file/path must match pattern "^\\/"'],
  'two resources in a task': ['- { command: x, reboot: }', '/0 must match exactly one schema in oneOf'],
  'no resource in a task': ['- { name: nothing }', '/0 must match exactly one schema in oneOf'],
  'a required parameter that is empty': ['- sysctl: { key: a.b, value: }', '/0/sysctl/value must be string,number'],
  'a template where only a word can stand': [
    '- { command: x, become: "{{ y }}" }',
    '/0/become must be equal to one of the allowed values',
  ],
}
for (const [what, [yaml, problem]] of Object.entries(wrong)) {
  test(`${what} is not valid`, () => assert.ok(underlined(yaml).includes(problem), underlined(yaml).join('\n')))
}
