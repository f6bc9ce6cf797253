import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BuildResult, build } from 'esbuild'

// `npm run build`: the program and the libraries that it calls, in a few files. Node takes longer to find and load six hundred
// small modules than a whole run takes (docs/design.md §9). What a run may not need stays in files of its own, loaded then.

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/cli.ts'],
  outdir: dist,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  metafile: true,
  // Names and lines stay readable: a stack trace has to say where a mistake of ours is.
  minifySyntax: true,
  legalComments: 'none',
  // Optional and compiled where ssh2 is installed from source; it does without.
  external: ['*.node', 'cpu-features'],
  // What libraries in CommonJS expect to find.
  banner: {
    js: `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname`,
  },
})
chmodSync(join(dist, 'cli.js'), 0o755)
writeFileSync(join(dist, 'LICENSES.txt'), licenses(metafile))

/** Their licences ask that they go with every copy. */
function licenses({ inputs }: NonNullable<BuildResult['metafile']>): string {
  const folders = Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [])
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
      name: string
      version: string
      license?: string
    }
    const files = readdirSync(join(root, folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    const full = files.map((file) => readFileSync(join(root, folder, file), 'utf8').trim())
    return `${name} ${version} (${license ?? 'see its text'})\n\n${full.join('\n\n')}\n`
  })
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}
