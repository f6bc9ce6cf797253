import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { addHostOptions, addRunOptions, type HostFlags, hostFlags, type RunFlags } from '../../src/commands/options.ts'
import { reporterOptions } from '../../src/commands/output.ts'

/** What `ping` is told by a command line. */
function flagsOf(...argv: readonly string[]): HostFlags {
  let flags: HostFlags | undefined
  const program = addRunOptions(new Command('provision').enablePositionalOptions()).argument('[playbook]')
  addHostOptions(program.command('ping'))
    .argument('[pattern]')
    .action((_pattern: string | undefined, _flags: object, command: Command) => {
      flags = hostFlags(command)
    })
  program.parse(argv, { from: 'user' })
  return flags ?? assert.fail('ping was not called')
}

test('options mean the same before and behind the name of a command', () => {
  const args = ['-i', 'a.yaml', '-u', 'ann', '-b', '-f', '7', '-vv', '-e', 'x=1', '-e', 'y=2']
  const expected = { inventory: ['a.yaml'], user: 'ann', become: true, forks: 7, verbose: 2, extraVars: ['x=1', 'y=2'] }
  for (const flags of [flagsOf(...args, 'ping'), flagsOf('ping', ...args)]) {
    const { inventory, user, become, forks, verbose, extraVars } = flags
    assert.deepEqual({ inventory, user, become, forks, verbose, extraVars }, expected)
  }
})

test('what stands behind the name wins; defaults do not', () => {
  const flags = flagsOf('-i', 'a.yaml', '-T', '3', '--output', 'json', 'ping', '-i', 'b.yaml', '-f', '2')
  assert.deepEqual(flags.inventory, ['b.yaml'])
  assert.deepEqual([flags.timeout, flags.forks, flags.output], [3, 2, 'json'])
})

test('--output takes any word for the documents that a playbook makes, but none that is nearly a kind of screen', () => {
  assert.deepEqual(flagsOf('ping', '--output', 'zone').output, { document: 'zone' })
  for (const word of ['jsno', 'plian', 'Zone', 'zone.txt', '']) {
    assert.throws(() => flagsOf('ping', '--output', word), { name: 'UsageError' })
  }
})

test('without options there are the defaults', () => {
  assert.deepEqual(flagsOf('ping'), { forks: 50, timeout: 10, output: 'auto', verbose: 0 })
})

test('the command to try again is one that a shell takes as it stands', () => {
  const flags: RunFlags = { forks: 1, timeout: 1, output: 'plain', verbose: 0 }
  const [, { command }] = reporterOptions(flags, ['site', '-e', '{"name": "it\'s"}', '-l', '!mx1'], false)
  assert.equal(command, `provision site -e '{"name": "it'\\''s"}' -l '!mx1'`)
})
