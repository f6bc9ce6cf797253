import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PLAY, testMistakes } from './mistakes.ts'
import { project } from './project.ts'

testMistakes([
  [
    'an unknown parameter',
    `${PLAY}    - service: { nmae: x }\n`,
    'site.yaml:3:7  service needs "name"',
    '  2 |   tasks:',
    '  3 |     - service: { nmae: x }',
    '    |       ^^^^^^^',
    'site.yaml:3:18  unknown key "nmae"',
    '  2 |   tasks:',
    '  3 |     - service: { nmae: x }',
    '    |                  ^^^^ did you mean "name"?',
  ],
  [
    'a wrong type',
    `${PLAY}    - service: { name: [x] }\n`,
    'site.yaml:3:24  name: expected a string, got a list',
    '  2 |   tasks:',
    '  3 |     - service: { name: [x] }',
    '    |                        ^',
  ],
  [
    'a list entry of a wrong type',
    `${PLAY}    - packages: { names: [a, { b: 1 }] }\n`,
    'site.yaml:3:30  names[1]: expected a string, got a mapping',
    '  2 |   tasks:',
    '  3 |     - packages: { names: [a, { b: 1 }] }',
    '    |                              ^',
  ],
  [
    'a word that is no choice',
    `${PLAY}    - file: { path: /x, state: absnet }\n`,
    'site.yaml:3:32  state: "absnet" is none of present, absent',
    '  2 |   tasks:',
    '  3 |     - file: { path: /x, state: absnet }',
    '    |                                ^^^^^^ did you mean "absent"?',
  ],
  [
    'an unquoted mode',
    `${PLAY}    - file: { path: /x, mode: 0644 }\n`,
    'site.yaml:3:31  mode: expected a string, got a number',
    '  2 |   tasks:',
    '  3 |     - file: { path: /x, mode: 0644 }',
    '    |                               ^^^^ quote it: mode: "0644"',
  ],
  [
    'an unquoted mode without its zero',
    `${PLAY}    - file: { path: /x, mode: 755 }\n`,
    'site.yaml:3:31  mode: expected a string, got a number',
    '  2 |   tasks:',
    '  3 |     - file: { path: /x, mode: 755 }',
    '    |                               ^^^ quote it: mode: "0755"',
  ],
  [
    'an unknown variable',
    `${PLAY}    - service: { name: "{{ timezne }}" }\n  vars: { timezone: UTC }\n`,
    'site.yaml:3:28  unknown variable "timezne"',
    '  2 |   tasks:',
    '  3 |     - service: { name: "{{ timezne }}" }',
    '    |                            ^^^^^^^ did you mean "timezone"?',
  ],
  [
    'an unknown fact',
    `${PLAY}    - service: { name: "{{ host.os.nmae }}" }\n`,
    'site.yaml:3:28  host.os has no "nmae"',
    '  2 |   tasks:',
    '  3 |     - service: { name: "{{ host.os.nmae }}" }',
    '    |                            ^^^^^^^^^^^^ it has id, version, codename',
  ],
  [
    'an unknown variable beside a fact',
    `${PLAY}    - service: { name: x }\n      when: host.arch == "x" and nope\n`,
    'site.yaml:4:34  unknown variable "nope"',
    '  3 |     - service: { name: x }',
    '  4 |       when: host.arch == "x" and nope',
    '    |                                  ^^^^',
  ],
  [
    'an expression',
    `${PLAY}    - service: { name: x }\n      when: a == 1 && b\n`,
    'site.yaml:4:20  unexpected &&',
    '  3 |     - service: { name: x }',
    '  4 |       when: a == 1 && b',
    '    |                    ^^ write and',
  ],
  [
    'an expression in a parameter',
    `${PLAY}    - assert: { that: ["host.arch = 1"] }\n`,
    'site.yaml:3:35  unexpected =',
    '  2 |   tasks:',
    '  3 |     - assert: { that: ["host.arch = 1"] }',
    '    |                                   ^ write == to compare',
  ],
  [
    'a result of a later task',
    `${PLAY}    - service: { name: x }\n      when: late.changed\n    - { service: { name: y }, register: late }\n`,
    `site.yaml:4:13  "late" is registered later, at site.yaml:5`,
    '  3 |     - service: { name: x }',
    '  4 |       when: late.changed',
    '    |             ^^^^',
  ],
  [
    'a missing template',
    `${PLAY}    - template: { src: gone.hbs }\n`,
    'site.yaml:3:24  there is no file gone.hbs',
    '  2 |   tasks:',
    '  3 |     - template: { src: gone.hbs }',
    '    |                        ^^^^^^^^ did you mean "good.hbs"?',
  ],
])

test('all mistakes of all files are shown at once, each once, whatever the number of hosts', () => {
  const one = project({
    'inventory.yaml': 'all: { hosts: { "mx[1:50]": }, vars: { zone: "{{ nope }}" } }\n',
    'site.yaml': '- hosts: all\n  tasks:\n    - include: tasks/a.yaml\n    - service: { name: "{{ zone }}" }\n',
    'tasks/a.yaml': '- service: { nam: x }\n- template: { src: a.hbs }\n',
    'templates/a.hbs': 'one\ntwo {{ three }}\n',
  })
  assert.deepEqual(
    one
      .errors()
      .split('\n')
      .filter((line) => /^\S/.test(line)),
    [
      'tasks/a.yaml:1:3  service needs "name"',
      'tasks/a.yaml:1:14  unknown key "nam"',
      'templates/a.hbs:2:8  unknown variable "three"',
      'inventory.yaml:1:50  unknown variable "nope"',
    ],
  )
})
