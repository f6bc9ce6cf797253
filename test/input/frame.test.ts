import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatProblem, formatProblems, frame } from '../../src/input/frame.ts'

const at = (line: number, column: number) => ({ file: 'site.yaml', line, column })

test('a frame shows the line, the one above it, and carets', () => {
  const text = '- name: IPv6 on {{ item }}\n  sysctll: {}\n  loop: []\n'
  assert.equal(
    frame(text, at(2, 3), 7),
    ['  1 | - name: IPv6 on {{ item }}', '  2 |   sysctll: {}', '    |   ^^^^^^^'].join('\n'),
  )
})

test('line numbers line up when the margin grows', () => {
  const text = `${'\n'.repeat(8)}a: 1\nb: 2\n`
  assert.equal(frame(text, at(10, 4), 1), ['   9 | a: 1', '  10 | b: 2', '     |    ^'].join('\n'))
})

test('an empty line above is left out, and carriage returns never reach the terminal', () => {
  assert.equal(frame('a: 1\r\n\r\nb: 2\r\n', at(3, 1), 1), ['  3 | b: 2', '    | ^'].join('\n'))
})

test('tabs, wide and combining characters keep the carets under the right columns', () => {
  assert.equal(frame('\tb: x', at(1, 2), 1), ['  1 |   b: x', '    |   ^'].join('\n'))
  assert.equal(frame('a: 日本 x', at(1, 7), 1), ['  1 | a: 日本 x', '    |         ^'].join('\n'))
  assert.equal(frame('a: 日本 x', at(1, 4), 2), ['  1 | a: 日本 x', '    |    ^^^^'].join('\n'))
  assert.equal(frame('e\u0301: 😀 x', at(1, 8), 1), ['  1 | e\u0301: 😀 x', '    |       ^'].join('\n'))
})

test('control characters of a hostile file never reach the terminal', () => {
  const shown = frame('a: \u001b[2J\u0007', at(1, 4), 1)
  assert.equal(shown, ['  1 | a: �[2J�', '    |    ^'].join('\n'))
})

test('a long line is cut around the carets', () => {
  const shown = frame(`${'x'.repeat(500)}WRONG${'y'.repeat(500)}`, at(1, 501), 5)
  const [line = '', carets = ''] = shown.split('\n')
  assert.ok(line.length <= 80, line)
  assert.equal(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1), 'WRONG')
  assert.match(line, /^ {2}1 \| …x+WRONGy+…$/)
})

test('a mistake that fills more than a line is underlined to its end', () => {
  const [line = '', carets = ''] = frame('z'.repeat(300), at(1, 1), 300).split('\n')
  assert.equal(carets.length, line.length)
})

test('a place beyond the text is shown at its end', () => {
  assert.equal(frame('a: [1,', at(1, 7), 1), ['  1 | a: [1,', '    |       ^'].join('\n'))
})

test('a problem is place, message, frame and hint', () => {
  const place = { file: 'tasks/sysctl.yaml', line: 1, column: 3 }
  const problem = {
    message: 'unknown key "sysctll"',
    place,
    frame: frame('- sysctll: {}', place, 7),
    hint: 'did you mean "sysctl"?',
  }
  assert.equal(
    formatProblem(problem),
    [
      'tasks/sysctl.yaml:1:3  unknown key "sysctll"',
      '  1 | - sysctll: {}',
      '    |   ^^^^^^^ did you mean "sysctl"?',
    ].join('\n'),
  )
})

test('a hint that would leave the screen stands below the carets', () => {
  const text = `- name: ${'x'.repeat(40)}`
  const hint = 'join it, loop with #each, or print it with json or yaml'
  const shown = formatProblem({ message: 'a list', place: at(1, 9), frame: frame(text, at(1, 9), 40), hint })
  assert.deepEqual(shown.split('\n').slice(2), [`    |         ${'^'.repeat(40)}`, `  ${hint}`])
})

test('a problem without a frame or place still shows its hint', () => {
  assert.equal(formatProblem({ message: 'the file is empty', place: at(1, 1) }), 'site.yaml:1:1  the file is empty')
  assert.equal(formatProblem({ message: 'no inventory', hint: 'give one with -i' }), 'no inventory\n  give one with -i')
})

test('the last line counts what is not shown and promises that nothing was contacted', () => {
  const problems = ['one', 'two', 'three'].map((message) => ({ message }))
  assert.equal(formatProblems(problems, 3), 'one\ntwo\nthree\nNothing was contacted.')
  assert.equal(formatProblems(problems, 2), 'one\ntwo\n1 more mistake. Nothing was contacted.')
  assert.equal(formatProblems(problems, 1), 'one\n2 more mistakes. Nothing was contacted.')
})
