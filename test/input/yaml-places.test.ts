import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dump, load } from 'js-yaml'
import type { Json } from '../../src/core/json.ts'
import { Lines } from '../../src/input/lines.ts'
import { parseYaml } from '../../src/input/yaml.ts'
import { fc } from '../properties.ts'

type Path = readonly (string | number)[]

const word = fc.oneof(
  fc.stringMatching(/^[a-z{} '"\\:#é😀-]{1,12}$/u),
  fc.constantFrom('__proto__', 'null', '1', '0644', 'yes', '~'),
)
const leaf = fc.oneof(fc.integer(), fc.boolean(), word)
const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
    mapping(tie('tree')),
  ),
}))

function mapping(value: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc.array(fc.tuple(word, value), { minLength: 1, maxLength: 4 }).map((entries) => Object.fromEntries(entries))
}

function leaves(value: Json, path: Path = []): (readonly [Path, Json])[] {
  if (typeof value !== 'object' || value === null) return [[path, value]]
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  )
}

test('the place of every leaf holds text that reads as the leaf, in block and flow style', () => {
  fc.assert(
    fc.property(mapping(tree), fc.integer({ min: -1, max: 3 }), (data, flowLevel) => {
      const text = dump(data, { flowLevel, lineWidth: -1, noRefs: true })
      const document = parseYaml(text, 'f.yaml')
      assert.deepEqual(document.data, data)
      const lines = new Lines(text)
      for (const [path, value] of leaves(data)) {
        const { line, column } = document.locate(path)
        const start = lines.offset(line, column)
        const quotes = document.isPlain(path) ? 0 : 2
        const written = text.slice(start, start + (document.raw(path)?.length ?? 0) + quotes)
        // Read behind a dash: alone, a text like `---` would be a document's marker.
        assert.deepEqual(
          load(`- ${written}`),
          [value],
          `${JSON.stringify(path)} is ${JSON.stringify(written)} in\n${text}`,
        )
      }
    }),
    { numRuns: 300 },
  )
})

const prose = fc
  .array(fc.constantFrom('a', 'bc', ' ', '  x', '\n', '\n\n', '"', "'", '\\', '\t', 'é', '😀', '{{ y }}'), {
    maxLength: 14,
  })
  .map((parts) => `a${parts.join('')}z`)

/** The same text in each of YAML's five ways to write it. */
function ways(value: string): string[] {
  const indented = value
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n')
  return [
    `k: ${JSON.stringify(value)}\n`,
    ...(/[\n\t\\]/.test(value) ? [] : [`k: '${value.replaceAll("'", "''")}'\n`]),
    `k: |-\n${indented}\n`,
    dump({ k: value }, { lineWidth: 10 }),
    dump({ k: value }, { lineWidth: -1 }),
  ]
}

test('every visible character of a text is found in the file, however the text is written', () => {
  fc.assert(
    fc.property(prose, (value) => {
      for (const text of ways(value)) {
        const document = parseYaml(text, 'f.yaml')
        assert.deepEqual(document.data, { k: value }, text)
        const lines = new Lines(text)
        for (const { 0: character, index } of value.matchAll(/[^\s"'\\]/gu)) {
          const { place } = document.problem(['k'], 'x', { offset: index })
          const start = lines.offset(place?.line ?? 0, place?.column ?? 0)
          assert.equal(
            String.fromCodePoint(text.codePointAt(start) ?? 0),
            character,
            `offset ${index} in ${JSON.stringify(text)}`,
          )
        }
      }
    }),
    { numRuns: 300 },
  )
})
