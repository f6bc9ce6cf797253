import { labCommand } from '../src/lab/command.ts'

// `npm run lab -- up|down|ssh NAME|status`
process.exitCode = await labCommand(process.argv.slice(2))
