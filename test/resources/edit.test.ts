import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { editBlock } from '../../src/resources/block.ts'
import { editLines } from '../../src/resources/edit.ts'
import { editLine } from '../../src/resources/line.ts'
import { fc } from '../properties.ts'

// Short lines of few letters, so that expressions match, lines repeat and markers turn up in odd places.
const word = fc.string({ unit: fc.constantFrom('a', 'b', '#', ' '), maxLength: 4 })
const expression = fc.constantFrom('a', '^a', 'b$', '^#?a', '.', '^$', 'never')
const file = fc
  .tuple(fc.array(word, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, hasEnd]) => lines.join(end) + (hasEnd && lines.length > 0 ? end : ''))
const place = fc.oneof(
  fc.record({ insert_after: fc.option(expression, { nil: undefined }) }),
  fc.record({ insert_before: fc.constantFrom('BOF', 'a', 'b$') }),
)
const state = fc.constantFrom('present' as const, 'absent' as const)

describe('editing a line', () => {
  const wanted = fc
    .tuple(word, fc.option(expression, { nil: undefined }), state, place)
    .map(([line, regexp, state, place]) => ({ line, regexp, state, ...place }))

  test('twice is the same as once', () => {
    fc.assert(
      fc.property(file, wanted, (text, params) => {
        const once = editLine(text, params)
        assert.equal(editLine(once, params), once)
      }),
    )
  })

  test('leaves the line there, or gone, and touches one line at most to bring it', () => {
    fc.assert(
      fc.property(file, wanted, (text, params) => {
        const before = text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/)
        const edited = editLine(text, params)
        const after = edited === '' ? [] : edited.replace(/\r?\n$/, '').split(/\r?\n/)
        assert.equal(after.includes(params.line), params.state === 'present')
        if (params.state === 'absent') return
        const kept = after.filter((line, index) => line === before[index] || line === before[index - 1])
        assert.ok(after.length - before.length <= 1 && kept.length >= after.length - 1)
      }),
    )
  })
})

describe('editing a block', () => {
  const wanted = fc
    .tuple(fc.array(word, { maxLength: 3 }), state, place)
    .map(([lines, state, place]) => ({ block: lines.join('\n'), marker: '# {mark} x', state, ...place }))

  test('twice is the same as once, and its removal brings the old text back', () => {
    fc.assert(
      fc.property(file, wanted, (text, params) => {
        const once = editBlock(text, params)
        assert.equal(editBlock(once, params), once)
        const removed = editBlock(editBlock(text, { ...params, state: 'present' }), { ...params, state: 'absent' })
        const isSame = removed.replace(/\r?\n$/, '') === text.replace(/\r?\n$/, '')
        assert.ok(isSame, `${JSON.stringify(text)} became ${JSON.stringify(removed)}`)
      }),
    )
  })
})

test('an edit that changes no line changes no byte', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '\r', '\n') }), (text) => {
      assert.equal(
        editLines(text, (lines) => [...lines]),
        text,
      )
    }),
  )
})
