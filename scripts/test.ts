import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installRequirements, requirements } from '../src/lab/requirements.ts'
import { installTestPrograms } from './test-programs.ts'

// `npm test`: every test, those on real hosts included where this machine can run them.
// PROVISION_REAL_HOSTS=required fails where it cannot; =no leaves them out. Arguments select files by substring.

const root = join(import.meta.dirname, '..')
const selected = process.argv.slice(2)
const mode = process.env.PROVISION_REAL_HOSTS ?? 'auto'

const all = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => selected.length === 0 || selected.some((word) => file.includes(word)))
  .map((file) => join('test', file))
  .sort()
const onHosts = all.filter((file) => file.endsWith('.e2e.test.ts'))
const alone = all.filter((file) => !file.endsWith('.e2e.test.ts'))

const counts = { passed: 0, failed: 0 }
installTestPrograms()
if (alone.length > 0) runTests(alone, 2, 300)

if (onHosts.length > 0 && mode !== 'no') {
  const missing = await prepare()
  if (missing === undefined) {
    if (run('npm', ['run', '--silent', 'build']) !== 0) counts.failed++
    runTests(onHosts, process.env.PROVISION_RECORD === '1' ? 1 : 2, 1200)
  } else if (mode === 'required') {
    console.error(`The tests on real hosts are required and cannot run: ${missing}`)
    counts.failed++
  } else {
    console.log(`Left out ${onHosts.length} files of tests on real hosts: ${missing}`)
  }
}

console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed === 0 ? 0 : 1

async function prepare(): Promise<string | undefined> {
  if ((await requirements()) === undefined) return undefined
  await installRequirements()
  return requirements()
}

/** @param limit how long one file may take, in seconds: what never ends is a failure, too. */
function runTests(files: readonly string[], concurrency: number, limit: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'provision-test-'))
  const tap = join(folder, 'tap')
  const status = run(process.execPath, [
    '--import',
    'tsx',
    '--test',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${limit * 1000}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${tap}`,
    ...files,
  ])
  const summary = readFileSync(tap, 'utf8')
  rmSync(folder, { recursive: true })
  const count = (word: string): number => Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(summary)?.[1] ?? 0)
  counts.passed += count('pass')
  const failed = count('fail') + count('cancelled') + count('skipped') + count('todo')
  // A runner that ends badly without naming a failed test has failed all the same.
  counts.failed += failed === 0 && status !== 0 ? 1 : failed
}

function run(command: string, args: readonly string[]): number {
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status ?? 1
}
