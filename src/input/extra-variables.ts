import type { YamlFiles } from './files.ts'
import type { Problems } from './problems.ts'
import { Source } from './source.ts'
import { defineFile, type Layer, type Variable } from './variables.ts'
import { parseYaml } from './yaml.ts'

/** The name of the file that values on the command line are said to be in. */
export const COMMAND_LINE = '-e'

/**
 * What `-e` was given, later ones winning: `name=value` (always a string; several of them between blanks, with quotes
 * around blanks), a JSON or YAML mapping in braces, or `@FILE`.
 * Mistakes go to `problems`; those inside a value are placed in a file that is called `-e`.
 */
export function readExtraVariables(given: readonly string[], files: YamlFiles, problems: Problems): Layer {
  const layer = new Map<string, Variable>()
  for (const text of given) {
    const file = problems.attempt(() => readOne(text, files, problems))
    if (file !== undefined) defineFile(file, layer, problems, { inventory: false })
  }
  return layer
}

function readOne(text: string, files: YamlFiles, problems: Problems): Source | undefined {
  if (text.startsWith('@')) {
    const asked = (message: string, hint?: string) => ({
      message: `-e ${text}: ${message}`,
      ...(hint === undefined ? {} : { hint }),
    })
    return files.read(text.slice(1), asked)
  }
  if (text.trimStart().startsWith('{')) return new Source(parseYaml(text, COMMAND_LINE))
  const pairs = readPairs(text)
  if (pairs) return new Source(parseYaml(JSON.stringify(Object.fromEntries(pairs)), COMMAND_LINE))
  problems.add({
    message: `-e ${text}: expected name=value`,
    hint: 'or a JSON mapping, or @FILE',
  })
  return undefined
}

const PAIR = /^([\p{L}_][\p{L}\p{N}_]*)=([\s\S]*)$/u

// As Ansible reads it: `a=1 b='two words'` is two variables. Where a word is no pair, the blanks belong to the one value.
function readPairs(text: string): readonly (readonly [string, string])[] | undefined {
  const words = text.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? []
  const pairs = words.map((word) => PAIR.exec(word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2')))
  if (pairs.length > 1 && pairs.every((pair) => pair !== null))
    return pairs.map(([, name = '', value = '']) => [name, value])
  const whole = PAIR.exec(text.trimStart())
  return whole ? [[whole[1] ?? '', whole[2] ?? '']] : undefined
}
