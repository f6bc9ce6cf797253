import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { newResource } from '../../scripts/new-resource.ts'

const project = join(import.meta.dirname, '../..')
const copy = mkdtempSync(join(tmpdir(), 'provision-new-resource-'))
after(() => rmSync(copy, { recursive: true }))
for (const path of ['package.json', 'src', 'test/resources.test.ts', 'test/resources', 'test/e2e/resources']) {
  cpSync(join(project, path), join(copy, path), { recursive: true })
}
symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'))

test('a new resource passes its cases and the laws as it comes', () => {
  const files = newResource(copy, 'mail_name')
  assert.deepEqual(files, [
    'src/resources/mail-name.ts',
    'test/resources/mail-name.cases.yaml',
    'test/e2e/resources/mail_name.yaml',
    'src/resources/index.ts',
  ])
  assert.match(
    readFileSync(join(copy, 'src/resources/mail-name.ts'), 'utf8'),
    /const mailName = .*\n {2}name: 'mail_name'/,
  )
  // With it, the inner run would report to the outer one instead of printing.
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      '--import',
      'tsx',
      '--test',
      '--test-reporter=tap',
      '--test-name-pattern=mail_name|alphabetical',
      'test/resources.test.ts',
    ],
    { cwd: copy, encoding: 'utf8', env: environment },
  )
  assert.equal(status, 0, stdout)
  for (const what of ['brings what is missing', 'mail_name describes every parameter', 'the list is alphabetical']) {
    assert.match(stdout, new RegExp(`^ *ok \\d+ - ${what}`, 'm'))
  }
})

test('a name that is taken or is none is refused', () => {
  assert.throws(() => newResource(copy, 'wait_for'), /src\/resources\/wait-for\.ts exists already/)
  assert.throws(() => newResource(copy, 'Mail-Name'), /"Mail-Name" is no name for a resource/)
})
