import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

// `npm run check`: types, lint, dead code, and generated docs that are current. Everything is run, then it fails if anything did.

const checks: Record<string, readonly string[]> = {
  types: ['tsc', '-p', 'tsconfig.json'],
  'format and lint': ['biome', 'check', '--error-on-warnings'],
  'promises and switches': ['eslint', '--max-warnings=0', '.'],
  'dead code': ['knip'],
  'generated docs': ['tsx', 'scripts/docs.ts', '--check'],
}

let failed = 0
for (const [name, command] of Object.entries(checks)) {
  const started = performance.now()
  const { status } = spawnSync('npx', command, { cwd: join(import.meta.dirname, '..'), stdio: ['ignore', 2, 2] })
  if (status !== 0) failed++
  console.error(`${status === 0 ? '✔' : '✖'} ${name}  ${((performance.now() - started) / 1000).toFixed(1)} s`)
}
process.exitCode = failed === 0 ? 0 : 1
