import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { expandRanges } from '../../src/input/ranges.ts'
import { parseYaml } from '../../src/input/yaml.ts'
import { cpuTime } from '../cpu-time.ts'
import { items, notes, project } from '../input/project.ts'
import { bounded } from './bounded.ts'

test('ranges, cyclic groups and variables that go in circles are refused', (t) => {
  const ranges = [
    'a[1:1000000000]',
    'a[1:99999][1:99999]',
    `a${'[0:9]'.repeat(20)}`,
    'a[9:1]',
    'a[1:2:0]',
    `a[1:${'9'.repeat(400)}]`,
    'a[',
  ]
  for (const range of ranges) {
    const started = cpuTime()
    assert.throws(() => expandRanges(range), RangeError)
    assert.ok(cpuTime() - started < 1000)
  }
  const cyclic = 'all: { children: { a: { children: { b: { children: { a: } } } } } }\n'
  assert.match(project({ 'inventory.yaml': cyclic }).errors(), /"?a"?.*(?:its own|itself|circle)/i)
  const length = 50
  const ring = Array.from({ length }, (_, i) => `v${i}: "{{ v${(i + 1) % length} }}"`).join(', ')
  const circle = project({
    'site.yaml': `- hosts: all\n  vars: { ${ring} }\n  tasks:\n    - note: { text: "{{ v0 }}" }\n`,
  })
  assert.match(circle.errors(), /"v0" is defined through itself/)
  const chain = Array.from({ length: 5000 }, (_, i) => `v${i}: "{{ v${i + 1} }}"`).join(', ')
  const long = project({
    'site.yaml': `- hosts: all\n  vars: { ${chain}, v5000: end }\n  tasks:\n    - note: { text: "{{ v0 }}" }\n`,
  })
  assert.match(long.errors(), /is used through 100 others/)
  t.diagnostic(`${ranges.length} ranges, a ring of ${length} variables, a chain of 5,000`)
})

const INHERITED = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']

test('names that JavaScript objects inherit are names like others, wherever they are written', (t) => {
  for (const name of INHERITED) {
    const made = project({
      'inventory.yaml': `all: { vars: { ${name}: inventory }, children: { "${name}": { hosts: { "${name}": } } } }\n`,
      'site.yaml': `- hosts: "${name}"\n  tasks:\n    - note: { text: "{{ ${name} }}" }\n    - note: { text: "{{ mapping.${name} }}" }\n      vars: { mapping: { ${name}: own } }\n    - set: { ${name}: 1 }\n`,
    })
    assert.deepEqual(notes(made.load(), { host: name }).slice(0, 2), ['inventory', 'own'])
    const given = made.load({ extraVariables: [JSON.stringify(Object.fromEntries([[name, 'command line']]))] })
    assert.equal(notes(given, { host: name })[0], 'command line')
    assert.equal(notes(made.load({ extraVariables: [`${name}=pair`] }), { host: name })[0], 'pair')
    const registered = project({
      'site.yaml': `- hosts: all\n  tasks:\n    - command: "true"\n      register: ${name}\n    - note: { text: "{{ ${name}.stdout }}" }\n`,
    })
    if (name === '__proto__')
      assert.match(registered.errors(), /register: "__proto__" cannot be the name of a variable/)
    else assert.equal(notes(registered.load(), { runtime: { [name]: { stdout: 'said' } } }).at(-1), 'said')
    const unknown = project({
      'site.yaml': `- hosts: all\n  tasks:\n    - ${name}: {}\n    - note: { ${name}: 1, text: a }\n    - note: { text: "{{ ${name} }}" }\n      ${name}: 1\n`,
    })
    assert.match(unknown.errors(), new RegExp(`unknown .*"${name}"`))
  }
  assert.deepEqual(Object.keys(Object.prototype), [])
  assert.equal(({} as { x?: number }).x, undefined)
  t.diagnostic(`${INHERITED.length} names at 8 places`)
})

test('variables are not confused with helpers of the same name', () => {
  const made = project({
    'site.yaml':
      '- hosts: all\n  vars: { upper: variable, if: 2, lookup: 3 }\n  tasks:\n    - note: { text: "{{ upper }} {{ upper upper }} {{ this.if }} {{ ./lookup }}" }\n',
  })
  bounded('names of helpers', () => notes(made.load()))
})

test('files that are no UTF-8, or no files, are refused at their place', () => {
  const made = project({ 'site.yaml': '- hosts: all\n  vars_files: [vars.yaml]\n' })
  writeFileSync(join(made.directory, 'vars.yaml'), Buffer.from('a: 1\npassword: caf\xe9\n', 'latin1'))
  assert.equal(made.errors(), 'vars.yaml:2:1  a character in this line is no UTF-8\n  save the file as UTF-8 text')
  for (const path of ['a\\0b', 'x'.repeat(300), '.', 'gone/../../gone', '/dev/null', '/proc/self/mem']) {
    for (const site of [
      `- hosts: all\n  tasks:\n    - include: "${path}"\n`,
      `- hosts: all\n  vars_files: ["${path}"]\n`,
      `- hosts: all\n  tasks:\n    - copy: { src: "${path}" }\n    - template: { src: "${path}" }\n`,
    ]) {
      assert.equal(
        bounded(path, () => items(project({ 'site.yaml': site }).load())),
        'refused',
        site,
      )
    }
  }
})

test('an inventory of 10 MB and one of 10,000 hosts are read in a time and memory that fit them', (t) => {
  const host = (i: number): string =>
    `    host${i}: { host: 198.51.100.${i % 250}, port: ${1 + (i % 60_000)}, mail_host: "mx${i}.example.org" }\n`
  const before = process.memoryUsage().rss
  const texts: string[] = []
  let size = 0
  for (let i = 0; size < 10_000_000; i++) size += texts.push(host(i)) && host(i).length
  const started = cpuTime()
  parseYaml(`all:\n  hosts:\n${texts.join('')}`, 'inventory.yaml')
  const parsed = cpuTime() - started
  const many = project({
    'inventory.yaml': `all:\n  hosts:\n${texts.slice(0, 10_000).join('')}`,
    'site.yaml': '- hosts: all\n  tasks:\n    - note: { text: "{{ inventory_hostname }} {{ mail_host }}" }\n',
  })
  const loading = cpuTime()
  assert.equal(many.load().hosts.length, 10_000)
  const loaded = cpuTime() - loading
  const grown = process.memoryUsage().rss - before
  assert.ok(parsed < 15_000 && loaded < 15_000 && grown < 1.5e9, `${parsed} ms, ${loaded} ms, ${grown} bytes`)
  t.diagnostic(
    `10 MB (${texts.length} hosts) parsed in ${Math.round(parsed)} ms; 10,000 hosts loaded in ${Math.round(loaded)} ms; ${Math.round(grown / 1e6)} MB`,
  )
})
