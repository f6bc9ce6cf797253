#!/usr/bin/env node
import { type Command, program } from 'commander'
import { describeError } from './commands/describe-error.ts'
import type { ExplainFlags } from './commands/explain-mail.ts'
import type { HoldFlags } from './commands/hold.ts'
import {
  addHostOptions,
  addLockOptions,
  addLogOptions,
  addProfileOptions,
  addRunOptions,
  hostFlags,
  type LogFlags,
  outputKind,
  type RunFlags,
} from './commands/options.ts'
import { version } from './commands/package-root.ts'
import { addApplyOptions } from './commands/plan/recorded.ts'
import { addSecretsCommands } from './commands/secrets/program.ts'
import type { UndoFlags } from './commands/undo.ts'

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

addProfileOptions(addHostOptions(program.command('ping')))
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

addHostOptions(program.command('hold'))
  .description('Keep everybody from changing hosts for a while: applies stop there, checks tell of it')
  .argument('[pattern]')
  .option('--reason <text>', 'what others are told')
  .option('--for <span>', 'how long: 90m, 2h, 3d (default: 1d)')
  .option('--list', 'say which hosts are held, by whom and why')
  .addHelpText(
    'after',
    `
  provision hold -i inventory.yaml mx1 --reason "new disk" --for 2h
  provision hold -i inventory.yaml --list
  provision release -i inventory.yaml mx1

A hold is root's, on the host: other users than root log in and become it with sudo.
Exit codes: 0, 1 where somebody else holds a host, 3 where one was unreachable.`,
  )
  .action(async (pattern: string | undefined, _flags: object, command: Command) => {
    const { hold } = await import('./commands/hold.ts')
    process.exitCode = await hold(pattern, hostFlags<HoldFlags>(command))
  })

addHostOptions(program.command('release'))
  .description('End the hold of hosts, whoever holds them')
  .argument('<pattern>')
  .action(async (pattern: string, _flags: object, command: Command) => {
    const { release } = await import('./commands/hold.ts')
    process.exitCode = await release(pattern, hostFlags(command))
  })

addHostOptions(program.command('history'))
  .description('List the runs that changed hosts; or tell all of one, and what undo can do about it')
  .argument('[pattern or run]')
  .addHelpText(
    'after',
    `
  provision history -i inventory.yaml
  provision history -i inventory.yaml mx1
  provision history -i inventory.yaml 20260131T100000Z-3fa9

Each user has a journal of its own on the host: -b shows that of root.
Exit codes: 0, 1 where a journal could not be read, 3 where a host was unreachable, 4 where nobody knows the run.`,
  )
  .action(async (word: string | undefined, _flags: object, command: Command) => {
    const { history } = await import('./commands/history.ts')
    process.exitCode = await history(word, hostFlags(command))
  })

addLockOptions(addHostOptions(program.command('undo')))
  .description('Put back the files that a run replaced, on every host that remembers it')
  .argument('<run>', 'as provision history lists it')
  .option('-C, --check', 'say what would be put back, and write nothing; exit 2 when something would')
  .option('-D, --diff', 'show differences line by line (on in checks)')
  .option('--no-diff', 'show no differences')
  .option('--force', 'put back what somebody else changed since, too')
  .addHelpText(
    'after',
    `
  provision undo -i inventory.yaml 20260131T100000Z-3fa9 --check
  provision undo -i inventory.yaml 20260131T100000Z-3fa9 -l mx1

Files only: packages, services, users and what commands did stay as they are, and are listed at the end.
An undo is a run itself, which can be undone. Exit codes are those of a run.`,
  )
  .action(async (run: string, _flags: object, command: Command) => {
    const { undo } = await import('./commands/undo.ts')
    process.exitCode = await undo(run, hostFlags<UndoFlags>(command), argv)
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

program
  .command('show')
  .description('Show a saved plan as its check was shown; nothing is contacted')
  .argument('<plan>', 'what provision --check --save wrote')
  .option('-v, --verbose', 'show more: every result (-v), all lines (-vv)', (_, count: number) => count + 1, 0)
  .option('--no-diff', 'show no differences')
  .option('--output <kind>', 'plain, json, or a format that the playbook makes', outputKind, 'auto')
  .action(async (plan: string, _flags: object, command: Command) => {
    const { showPlan } = await import('./commands/plan/show.ts')
    process.exitCode = await showPlan(plan, hostFlags<RunFlags>(command))
  })

addApplyOptions(program.command('apply'))
  .description('Do exactly what a saved plan says, on every host that is still as it was then')
  .argument('<plan>', 'what provision --check --save wrote')
  .addHelpText(
    'after',
    `
  provision -i inventory.yaml site --check --save plan.json
  provision show plan.json
  provision apply plan.json

Exit codes: 0, 1 where a host was refused or a task failed, 3 where one was unreachable, 4 where the plan cannot be used.`,
  )
  .action(async (plan: string, _flags: object, command: Command) => {
    const { applyPlan } = await import('./commands/plan/apply.ts')
    process.exitCode = await applyPlan(plan, hostFlags<RunFlags>(command))
  })

addSecretsCommands(program, (code) => {
  process.exitCode = code
})

// Whoever reads the output may leave first (`| head`), and the disk of a log may be full: a run goes on all the same, and its exit
// status stays true.
process.stderr.on('error', () => undefined)
process.stdout.once('error', ({ code, message }: NodeJS.ErrnoException) => {
  process.stdout.on('error', () => undefined)
  if (code !== 'EPIPE')
    process.stderr.write(`The output cannot be written any more: ${message}. What was begun goes on.\n`)
})

try {
  await program.parseAsync()
} catch (error) {
  const { text, code } = describeError(error instanceof Error ? error : new Error(String(error)))
  if (text) process.stderr.write(text)
  process.exitCode = code
}
