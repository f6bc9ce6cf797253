import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'

const project = join(import.meta.dirname, '../..')
const copy = mkdtempSync(join(tmpdir(), 'provision-package-'))
after(() => rmSync(copy, { recursive: true }))

/** What npm would pack of the project, which need not be built for this. */
function packed(): readonly string[] {
  const { stdout, stderr, status } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: project,
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  const [tarball] = JSON.parse(stdout) as [{ files: readonly { path: string }[] }]
  return tarball.files.map(({ path }) => path)
}

test('the package has what a run needs, and nothing of how it is made', () => {
  const files = packed()
  assert.deepEqual(files.filter((path) => !/^(dist|playbooks|tasks|templates|docs)\//.test(path)).sort(), [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'inventory.example.yaml',
    'package.json',
  ])
  // The sources stand in for dist, which is made of them.
  for (const path of [...files.filter((path) => !path.startsWith('dist/')), 'src', 'tsconfig.json']) {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    cpSync(join(project, path), join(copy, path), { recursive: true })
  }
  // Neither is for the package, so nothing that gets into it may ask for them.
  rmSync(join(copy, 'src/lab'), { recursive: true })
  rmSync(join(copy, 'src/resources/_template.ts'))
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'))
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'src/cli.ts', 'site', '--syntax-check', '-i', 'inventory.example.yaml'],
    { cwd: copy, encoding: 'utf8' },
  )
  assert.equal(stderr, '')
  assert.equal(stdout, 'site: no mistakes; hosts: mx1, mx2, mx3\n')
})
