import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { SealedFilesError } from '../../src/input/files.ts'
import type { LoadOptions } from '../../src/input/load.ts'
import { PromptsError } from '../../src/input/prompts.ts'
import { notes, type Project, project } from './project.ts'

const SEALED = '-----BEGIN AGE ENCRYPTED FILE-----\nx\n'

/** What encrypted files say, by their paths in the project. */
function decrypted(of: Project, texts: { readonly [path: string]: string }): Pick<LoadOptions, 'decrypted'> {
  return { decrypted: new Map(Object.entries(texts).map(([path, text]) => [join(of.directory, path), text])) }
}

function sealedIn(work: () => unknown, { directory }: Project): readonly string[] {
  try {
    work()
  } catch (error) {
    if (error instanceof SealedFilesError) return error.paths.map((path) => path.replace(`${directory}/`, ''))
    throw error
  }
  return []
}

test('encrypted files are known by their content, wherever variables are read, and are asked for together', () => {
  const of = project({
    'inventory.yaml': SEALED,
    'group_vars/all/secrets.yaml': SEALED,
    'group_vars/all/more.age': SEALED,
    'group_vars/mail.yaml.age': SEALED,
    'host_vars/mx1.example.org.age': SEALED,
    'site.yaml': `
- hosts: mail
  vars_files: [app.yaml.age]
  tasks: [note: { text: "{{ a }} {{ b }} {{ c }} {{ d }} {{ e }} {{ f }}" }]
`,
    'app.yaml.age': SEALED,
    'extra.txt': SEALED,
  })
  const options = { extraVariables: [`@${join(of.directory, 'extra.txt')}`] }
  const texts: Record<string, string> = {}
  const sayings: Record<string, string> = {
    'extra.txt': 'f: 6',
    'inventory.yaml': 'all: { children: { mail: { hosts: { mx1.example.org: } } } }',
    'group_vars/all/more.age': 'a: 1',
    'group_vars/all/secrets.yaml': 'b: 2',
    'group_vars/mail.yaml.age': 'c: 3',
    'host_vars/mx1.example.org.age': 'd: 4',
    'app.yaml.age': 'e: 5',
  }
  const rounds: (readonly string[])[] = []
  for (;;) {
    const missing = sealedIn(() => of.load({ ...options, ...decrypted(of, texts) }), of)
    if (missing.length === 0) break
    rounds.push(missing)
    for (const path of missing) texts[path] = sayings[path] ?? assert.fail(path)
  }
  assert.deepEqual(rounds, [
    ['extra.txt'],
    ['inventory.yaml', 'group_vars/all/more.age', 'group_vars/all/secrets.yaml', 'app.yaml.age'],
    ['group_vars/mail.yaml.age', 'host_vars/mx1.example.org.age'],
  ])
  assert.deepEqual(notes(of.load({ ...options, ...decrypted(of, texts) }), { host: 'mx1.example.org' }), [
    '1 2 3 4 5 6',
  ])
})

test('every word and number in an encrypted file is a secret, also what its templates give; keys and booleans are not', () => {
  const of = project({
    'group_vars/all.yaml': SEALED,
    'site.yaml': '- { hosts: all, vars: { user: anna }, tasks: [note: { text: "{{ made }}" }] }\n',
  })
  const heard = new Set<string>()
  const text = 'list: { name: hunter22, pin: 471100, on: true }\nmade: "x-{{ user }}"\n'
  of.load({ ...decrypted(of, { 'group_vars/all.yaml': text }), onSecret: (value) => heard.add(value) })
  assert.deepEqual([...heard].toSorted(), ['471100', 'hunter22', 'x-anna', 'x-{{ user }}'])
})

for (const [what, text, message] of [
  ['a value read as an alias', 'password: *hunter22\n', 'secrets.yaml:1:11  this is no YAML that is understood here'],
  ['a value read as a tag', 'password: !hunter22 x\n', 'secrets.yaml:1:11  this is no YAML that is understood here'],
  ['an unquoted template', 'password: {{ hunter22 }}\n', 'secrets.yaml:1:11  an unquoted template'],
  [
    'a quote that is not closed',
    'password: "hunter22\n',
    'secrets.yaml:2:1  a quote or bracket that was opened above is still open here',
  ],
  ['a key twice', 'a: hunter22\na: hunter23\n', 'secrets.yaml:2:1  "a" is set twice'],
  ['a wrong template', 'password: "hunter22{{ nope }}"\n', 'secrets.yaml:1:23  unknown variable "nope"'],
] as const) {
  test(`a mistake in an encrypted file is told without its line: ${what}`, () => {
    const of = project({
      'secrets.yaml': SEALED,
      'site.yaml': '- { hosts: all, vars_files: [secrets.yaml], tasks: [note: { text: "{{ password }}" }] }\n',
    })
    const said = of.errors(decrypted(of, { 'secrets.yaml': text }))
    assert.ok(said.startsWith(message), said)
    assert.doesNotMatch(said, /hunter/)
    assert.match(said, /provision secrets edit .*secrets\.yaml|did you mean/)
  })
}

test('a value of the environment is a secret; an unset variable is a mistake at its place', (context) => {
  process.env.PROVISION_TEST_TOKEN = 'hunter22'
  context.after(() => delete process.env.PROVISION_TEST_TOKEN)
  const heard = new Set<string>()
  const of = project({
    'site.yaml': `
- hosts: all
  tasks:
    - note: { text: "{{ env 'PROVISION_TEST_TOKEN' }}" }
      when: ("PROVISION_TEST_TOKEN" | env) == "hunter22"
    - note: { text: "{{ env 'PROVISION_TEST_NONE' 'otherwise' }}" }
`,
  })
  assert.deepEqual(notes(of.load({ onSecret: (value) => heard.add(value) })), ['hunter22', 'otherwise'])
  assert.ok(heard.has('hunter22'))
  delete process.env.PROVISION_TEST_TOKEN
  assert.match(of.errors(), /^site\.yaml:5:39 {2}env: PROVISION_TEST_TOKEN is not set in the environment$/m)
})

const ASKING = `
- hosts: all
  vars: { password: weaker }
  vars_prompt:
    - { name: password, prompt: Password of the database, confirm: yes }
    - { name: version, private: no, default: 3 }
  tasks: [note: { text: "{{ password }} {{ version }}" }]
`

test('what a play has the user asked for is told once everything else is right; answers are no templates', () => {
  const of = project({ 'site.yaml': ASKING })
  assert.throws(
    () => of.load(),
    (error) => {
      assert.ok(error instanceof PromptsError)
      const told = error.prompts.map(({ problem: _, ...rest }) => rest)
      assert.deepEqual(told, [
        { name: 'password', prompt: 'Password of the database', private: true, default: undefined, confirm: true },
        { name: 'version', prompt: 'version', private: false, default: '3', confirm: false },
      ])
      return true
    },
  )
  const answers = new Map([
    ['password', '{{ nope }}'],
    ['version', '4'],
  ])
  assert.deepEqual(notes(of.load({ answers })), ['{{ nope }} 4'])
  assert.equal(of.load({ answers: 'later' }).plays.length, 1)
  assert.match(
    project({ 'site.yaml': ASKING.replace('{{ version', '{{ versoin') }).errors(),
    /unknown variable "versoin"/,
  )
})

test('-e answers instead, and what is private stays a secret', () => {
  const heard = new Set<string>()
  const of = project({ 'site.yaml': ASKING })
  const extraVariables = ['password=hunter22', 'version=5']
  assert.deepEqual(notes(of.load({ extraVariables, onSecret: (value) => heard.add(value) })), ['hunter22 5'])
  assert.deepEqual([...heard], ['hunter22'])
})

test('a play whose hosts are not meant has nobody asked', () => {
  const of = project({
    'inventory.yaml': 'all: { hosts: { mx1: , mx2: } }\n',
    'site.yaml': `${ASKING.replace('hosts: all', 'hosts: mx1')}\n- { hosts: mx2 }\n`,
  })
  assert.equal(of.load({ limit: 'mx2' }).plays.length, 1)
})

test('mistakes in vars_prompt', () => {
  const wrong = '[{ prompt: x }, { name: host }, { name: a, privat: no }, { name: b, encrypt: sha512 }, 5]'
  const said = project({ 'site.yaml': `- { hosts: all, vars_prompt: ${wrong} }\n` }).errors()
  for (const words of [
    'vars_prompt: this entry needs a "name"',
    'vars_prompt: "host" cannot be the name of a variable: it holds the facts of the host',
    'unknown key "privat"',
    'did you mean "private"?',
    'resources hash passwords where hosts want hashes',
    'vars_prompt: expected a mapping, got a number',
  ]) {
    assert.ok(said.includes(words), `${words}\n${said}`)
  }
  assert.match(
    project({ 'site.yaml': '- { hosts: all, vars_prompt: { name: x } }\n' }).errors(),
    /expected a list, got a mapping/,
  )
})
