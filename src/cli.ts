#!/usr/bin/env node
import { type Command, program } from 'commander'
import { describeError } from './commands/describe-error.ts'
import type { ExplainFlags } from './commands/explain-mail.ts'
import {
  addHostOptions,
  addLogOptions,
  addRunOptions,
  hostFlags,
  type LogFlags,
  type RunFlags,
} from './commands/options.ts'
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

addHostOptions(program.command('run'))
  .description('Run a command on hosts: one word is shell text, several are a program and its arguments')
  .usage('[options] <pattern> -- <command...>')
  .argument('<pattern>')
  .argument('<command...>')
  .addHelpText(
    'after',
    `
  provision run -i inventory.yaml mx1 -- apt-cache policy chasquid
  provision run -i inventory.yaml -b mail -- 'journalctl -u chasquid | tail -5'

Exit codes: 0, 1 where the command failed on a host, 3 where one was unreachable.`,
  )
  .action(async (pattern: string, words: readonly string[], _flags: object, command: Command) => {
    const { runOnHosts } = await import('./commands/ad-hoc.ts')
    process.exitCode = await runOnHosts(pattern, words, hostFlags(command), argv)
  })

addLogOptions(program.command('logs'))
  .description('Show the journal of chasquid, of several hosts in order of time')
  .argument('[pattern]')
  .addHelpText(
    'after',
    `
  provision logs -i inventory.yaml --since 1h
  provision logs -i inventory.yaml -f mx1
  provision logs -i inventory.yaml --grep anna@example.org

--output json prints an object per line: host, time, message and, where the line is about one, the queue ID as id.
Exit codes: 0, 1 where the journal could not be read on a host, 3 where one was unreachable, 130 after Ctrl-C.`,
  )
  .action(async (pattern: string | undefined, _flags: object, command: Command) => {
    const { logs } = await import('./commands/logs.ts')
    process.exitCode = await logs(pattern, hostFlags<LogFlags>(command))
  })

program
  .command('explain-mail')
  .description('Explain a message that arrived: its way, TLS, IPv6, PTR, SPF, DKIM and DMARC')
  .argument('<file>', 'a saved message, or what Gmail’s "Show original" shows; - is standard input')
  .option('--verify', 'ask DNS itself, too: signatures, SPF, DMARC and the PTR name')
  .option('--resolver <address>', 'resolver to ask, with #PORT if it is not 53; default: the system’s')
  .option('--output <kind>', 'text or json', 'text')
  .action(async (file: string, flags: ExplainFlags) => {
    const { explainMail } = await import('./commands/explain-mail.ts')
    process.exitCode = await explainMail(file, flags)
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
