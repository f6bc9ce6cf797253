#!/usr/bin/env node
import { type Command, program } from 'commander'
import { describeError } from './commands/describe-error.ts'
import { addHostOptions, addRunOptions, hostFlags, type RunFlags } from './commands/options.ts'
import { version } from './commands/package-root.ts'

// Only this file ends the process. Commands are imported when they are called: --help must not wait for ssh and zod.

const argv = process.argv.slice(2)

program
  .name('provision')
  .description(
    'Turn bare servers into mail servers over SSH. A PLAYBOOK is a file, or the name of a shipped one: site.',
  )
  .version(version(), '--version')
  .showHelpAfterError('provision --help lists what can be typed.')
  .exitOverride()
  .enablePositionalOptions()

addRunOptions(program)
  .argument('[playbook]')
  .action(async (playbook: string | undefined, flags: RunFlags) => {
    if (playbook === undefined) program.help()
    const { runPlaybook } = await import('./commands/run.ts')
    process.exitCode = await runPlaybook(playbook, flags, argv)
  })

program
  .command('doc')
  .description('Explain a resource, or list them all')
  .argument('[name]')
  .action(async (name: string | undefined) => {
    const { doc } = await import('./commands/doc.ts')
    process.exitCode = doc(name)
  })

program
  .command('schema')
  .description('Print the JSON schema of playbooks, for editors')
  .action(async () => {
    const { schema } = await import('./commands/doc.ts')
    process.exitCode = schema()
  })

addHostOptions(program.command('ping'))
  .description('Reach every host, and say how far it came where that fails')
  .argument('[pattern]')
  .action(async (pattern: string | undefined, _flags: object, command: Command) => {
    const { ping } = await import('./commands/ping.ts')
    process.exitCode = await ping(pattern, hostFlags(command))
  })

addHostOptions(program.command('facts'))
  .description('Print what is known of every host as `host.*`')
  .argument('[pattern]')
  .action(async (pattern: string | undefined, _flags: object, command: Command) => {
    const { facts } = await import('./commands/facts.ts')
    process.exitCode = await facts(pattern, hostFlags(command))
  })

// Whoever reads the output may leave first (`| head`): a run goes on all the same, and its exit status stays true.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

try {
  await program.parseAsync()
} catch (error) {
  const { text, code } = describeError(error instanceof Error ? error : new Error(String(error)))
  if (text) process.stderr.write(text)
  process.exitCode = code
}
