import { labCommand } from '../src/lab/command.ts'

// `npm run lab -- up|down|ssh NAME|status`
try {
  process.exitCode = await labCommand(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
