import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

// `npm run new-resource NAME`: a resource that works, its cases, its life on a real host, and its line in the list.

const LIFE = `- it: brings it, and mends it
  params: { path: /srv/example, value: 10 }
  drift: echo 9 >/srv/example
  proof: grep -qx 10 /srv/example
`

/**
 * Writes the files of a new resource below the project's folder.
 *
 * @returns the files, from that folder.
 * @throws {Error} when the name is no name for a resource, or taken.
 */
export function newResource(root: string, name: string): string[] {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) {
    throw new Error(`"${name}" is no name for a resource: write it as playbooks do, such as wait_for`)
  }
  const file = name.replaceAll('_', '-')
  const value = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
  const read = (path: string): string => readFileSync(join(root, path), 'utf8')
  const renamed = (text: string): string =>
    text
      .replaceAll('const example', `const ${value}`)
      .replaceAll(/\bexample\b/g, name)
      .replace(/\n\/\/ `npm run.*\n/, '\n')
  const written = {
    [`src/resources/${file}.ts`]: renamed(read('src/resources/_template.ts')),
    [`test/resources/${file}.cases.yaml`]: renamed(read('test/resources/_template.cases.yaml')),
    [`test/e2e/resources/${name}.yaml`]: renamed(LIFE),
    'src/resources/index.ts': withResource(read('src/resources/index.ts'), file, value),
  }
  const taken = Object.keys(written).find((path) => path !== 'src/resources/index.ts' && existsSync(join(root, path)))
  if (taken !== undefined) throw new Error(`${taken} exists already`)
  for (const [path, text] of Object.entries(written)) writeFileSync(join(root, path), text)
  return Object.keys(written)
}

/** The list with one more import and one more entry, each in its place. */
function withResource(index: string, file: string, value: string): string {
  const lines = index.split('\n')
  insert(lines, `import { ${value} } from './${file}.ts'`, /from '\.\/(.*)\.ts'/, file)
  insert(lines, `  ${value},`, /^ {2}(\w+),$/, file)
  return lines.join('\n')
}

/** Puts a line before the first one whose name (`wait-for`) comes later in the alphabet, or else behind the last. */
function insert(lines: string[], line: string, pattern: RegExp, name: string): void {
  const named = lines.map((each) => pattern.exec(each)?.[1]?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`))
  const next = named.findIndex((each) => each !== undefined && each > name)
  lines.splice(next === -1 ? named.findLastIndex((each) => each !== undefined) + 1 : next, 0, line)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    const files = newResource(join(import.meta.dirname, '..'), process.argv[2] ?? '')
    console.log(`${files.join('\n')}\nNow fill them in, then: npm run check`)
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
