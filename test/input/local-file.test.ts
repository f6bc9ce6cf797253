import assert from 'node:assert/strict'
import { test } from 'node:test'
import { items, project } from './project.ts'

const site = (task: string): string =>
  `- hosts: all\n  vars: { x: 1 }\n  tasks: [{ include: tasks/a.yaml }]\n# ${task}\n`

/** Where a template is, strongest first. */
const PLACES = ['tasks/a.hbs', 'a.hbs', 'tasks/templates/a.hbs', 'templates/a.hbs', 'shipped/a.hbs']

test('a file is looked for beside the task, beside the playbook, in templates/ and in what is shipped', () => {
  for (const [index] of PLACES.entries()) {
    const one = project({
      'site.yaml': site('template'),
      'tasks/a.yaml': '- template: { src: a.hbs }\n',
      ...Object.fromEntries(PLACES.slice(index).map((path) => [path, `${path} {{ x }}`])),
    })
    const [item] = items(one.load({ searchDirectories: { templates: [`${one.directory}/shipped`] } }))
    assert.equal(item?.files.src?.content.toString(), `${PLACES[index]} 1`)
    assert.equal(item?.files.src?.path, `${one.directory}/${PLACES[index]}`)
  }
})

test('content is taken as it is, byte for byte; templates render for each host and value', () => {
  const one = project({
    'inventory.yaml': 'all: { hosts: { mx1: , mx2: } }\n',
    'site.yaml': `
- hosts: all
  tasks:
    - copy: { src: raw }
    - { template: { src: "{{ item }}.hbs" }, loop: [a, b] }
`,
    'files/raw': '{{ not a template\n',
    'a.hbs': 'A {{ inventory_hostname }}\n',
    'b.hbs': 'B {{ item }}\n',
  })
  const texts = items(one.load(), { host: 'mx2' }).map(({ files }) => files.src?.content.toString())
  assert.deepEqual(texts, ['{{ not a template\n', 'A mx2\n', 'B b\n'])
})

test('mistakes in a template are shown in the template, also where only the run can render it', () => {
  const one = project({
    'site.yaml': `
- hosts: all
  vars: { mail_host: x }
  tasks:
    - template: { src: a.hbs }
    - template: { src: b.hbs }
    - template: { src: c.hbs }
    - { command: x, register: late }
`,
    'a.hbs': 'first\n{{#if mial_host}}{{/if}}\n',
    'b.hbs': '{{ host.arch }}\nab {{ host.os.nam }}{{ nope }}\n{{ late }}',
    'c.hbs': '{{#if mail_host}}\n',
  })
  assert.deepEqual(
    one
      .errors()
      .split('\n')
      .filter((line) => /^\S/.test(line)),
    [
      'a.hbs:2:7  unknown variable "mial_host"',
      'b.hbs:3:4  "late" is registered later, at site.yaml:8',
      'c.hbs:1:1  {{#if}} is never closed',
    ],
  )
})

test('a missing file says where it was looked for, and what is near', () => {
  const one = project({
    'site.yaml': '- hosts: all\n  tasks:\n    - template: { src: deep/gone.hbs }\n    - copy: { src: rwa }\n',
    'files/raw': '',
  })
  assert.match(one.errors(), /site.yaml:3:24 {2}there is no file deep\/gone.hbs\n.*\n.*\n.*\^\s+looked in ,? ?/)
  assert.match(one.errors(), /site.yaml:4:20 {2}there is no file rwa\n.*\n.*\n.*\^\^\^ did you mean "raw"\?/)
})
