import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../test/e2e')

let texts: ReadonlyMap<string, string> | undefined

/** Files below `test/e2e` that cause a kind of finding on real hosts: those that name its id, in quotes. */
export function testsOf(id: string): readonly string[] {
  texts ??= new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|yaml)$/.test(file))
      .toSorted()
      .map((file) => [file, readFileSync(join(folder, file), 'utf8')]),
  )
  const quoted = new RegExp(`(['"\`])${id}\\1`)
  return [...texts].filter(([, text]) => quoted.test(text)).map(([file]) => file)
}
