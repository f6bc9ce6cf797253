import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, it } from 'node:test'

const root = join(import.meta.dirname, '..')
const files = ['src', 'test', 'scripts', 'bench'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file)),
)
const sources = files.filter((file) => file.startsWith('src/'))

// docs/design.md §3: what each folder of src may import besides itself. The engine's events are all that reports see.
const arrows: Record<string, readonly string[]> = {
  'cli.ts': ['commands'],
  commands: ['input', 'engine', 'host', 'report', 'resources', 'mail', 'network', 'local', 'core'],
  input: ['core'],
  engine: ['core'],
  host: ['core'],
  resources: ['core', 'mail', 'network', 'local'],
  local: ['core'],
  network: ['core', 'mail'],
  mail: ['core'],
  report: ['core', 'engine/events.ts'],
  lab: ['core'],
  core: [],
}

// Packages that exactly these files may import.
const behindOneDoor: Record<string, RegExp> = {
  'node-ssh': /^src\/host\/ssh(-[a-z]+)*\.ts$/,
  ssh2: /^src\/host\/ssh(-[a-z]+)*\.ts$/,
  listr2: /^src\/report\/live(-[a-z]+)*\.ts$/,
  'dns-packet': /^(src\/network\/dns-message|test\/network\/.*)\.ts$/,
  'age-encryption': /^(src\/local\/age|test\/.*)\.ts$/,
  mailauth: /^(src\/network\/authenticate|test\/.*)\.ts$/,
  'js-yaml': /^src\/(input\/yaml(-[a-z]+)*|core\/yaml-text)\.ts$/,
  handlebars: /^src\/input\/template(-[a-z]+)*\.ts$/,
}

describe('the architecture', () => {
  it('has no import against the arrows', () => {
    const wrong = sources.flatMap((file) =>
      imports(file)
        .filter((target) => target.startsWith('.'))
        .map((target) => normalize(join(dirname(file), target)).replace(/^src\//, ''))
        .filter((target) => !isAllowed(file.replace(/^src\//, ''), target))
        .map((target) => `${file} imports ${target}`),
    )
    assert.deepEqual(wrong, [])
  })

  it('keeps each library behind one door', () => {
    const wrong = sources.flatMap((file) =>
      imports(file)
        .filter((target) => behindOneDoor[target] && !behindOneDoor[target].test(file))
        .map((target) => `${file} imports ${target}`),
    )
    assert.deepEqual(wrong, [])
  })

  // A library may take as long to load as a host to check: ssh2 takes 50 ms, which --syntax-check, or a run over the ssh
  // program, has no use for.
  it('loads few libraries before a host is reached', () => {
    assert.deepEqual(librariesOf('src/cli.ts'), ['commander'])
    const expected = ['ansis', 'commander', 'diff', 'handlebars', 'js-yaml', 'zod']
    assert.deepEqual(librariesOf('src/commands/run.ts'), expected)
    assert.deepEqual(librariesOf('src/host/network.ts'), [])
  })

  // A program of its own (`NAME-process.ts`) ends itself; it is not part of the command line.
  it('exits the process in cli.ts only', () => {
    const guilty = sources.filter((file) => /process\.exit(Code)?\b/.test(read(file)))
    assert.deepEqual(
      guilty.filter((file) => file !== 'src/cli.ts' && !file.endsWith('-process.ts')),
      [],
    )
  })

  it('has no file above 250 lines', () => {
    const long = files.map((file) => `${file} ${read(file).split('\n').length - 1}`)
    assert.deepEqual(
      long.filter((entry) => Number(entry.split(' ')[1]) > 250),
      [],
    )
  })
})

function isAllowed(file: string, target: string): boolean {
  const folder = file.includes('/') ? file.slice(0, file.indexOf('/')) : file
  const allowed = arrows[folder]
  assert.ok(allowed, `${file}: which arrows does ${folder} have?`)
  return [folder, ...allowed].some((open) => target === open || target.startsWith(`${open}/`))
}

function imports(file: string): readonly string[] {
  return [...read(file).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!)
}

/** The packages that come along when a file is imported, without what is imported later (`await import`). */
function librariesOf(entry: string): readonly string[] {
  const seen = new Set([entry])
  for (const file of seen) {
    if (!file.startsWith('src/')) continue
    for (const [, target = ''] of read(file).matchAll(/^(?:import|export)\b(?! type\b)[^';]*?\bfrom '([^']+)'/gm)) {
      seen.add(target.startsWith('.') ? normalize(join(dirname(file), target)) : target)
    }
  }
  return [...seen].filter((name) => !name.startsWith('src/') && !name.startsWith('node:')).sort()
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
