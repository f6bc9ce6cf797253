import { UnreachableError } from '../core/error.ts'
import { type Script, sh } from '../core/shell.ts'
import { atOnce } from '../engine/run.ts'
import { visible } from '../report/text.ts'
import { displayWidth, fit } from '../report/width.ts'
import { ExitCode } from './exit-code.ts'
import { type HostFlags, UsageError } from './options.ts'
import { chooseHosts, unreachableText } from './ping.ts'
import { runOn, type Stream } from './remote-lines.ts'
import { Turns } from './turns.ts'

/**
 * `provision run PATTERN -- COMMAND…`: one command on every host, and what it prints, host by host.
 *
 * @param words One word is shell text; several are a program and its arguments.
 * @param argv The command line, which tells where the command begins.
 * @throws {UsageError} when that cannot be told.
 */
export async function runOnHosts(
  pattern: string,
  words: readonly string[],
  flags: HostFlags,
  argv: readonly string[],
): Promise<number> {
  const script = commandOf(words, argv)
  const { hosts, connect, masker } = await chooseHosts(pattern, flags)
  const turns = new Turns(hosts)
  const columns = Math.max(...hosts.map(({ name }) => displayWidth(name)))
  const codes = new Set<number>()
  await atOnce(flags.forks, hosts, async (address) => {
    const print = (stream: Stream, text: string): void =>
      turns.print(address, () => process[stream].write(`${visible(masker.mask(text))}\n`))
    // The output of one host is left as it is, so that it can be piped on.
    const prefix = hosts.length === 1 ? '' : `${fit(address.name, columns)}  │ `
    try {
      const status = await runOn(address, script, flags, connect, (stream, line) => print(stream, prefix + line))
      if (status !== 0) print('stderr', `✖ ${address.name} · exit ${status}`)
      codes.add(status === 0 ? ExitCode.done : ExitCode.failed)
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error
      print('stderr', unreachableText(address, error))
      codes.add(ExitCode.unreachable)
    }
    turns.end(address)
  })
  return [ExitCode.failed, ExitCode.unreachable].find((code) => codes.has(code)) ?? ExitCode.done
}

// Without the two dashes, an option of the command would be one of ours.
function commandOf(words: readonly string[], argv: readonly string[]): Script {
  const dashes = argv.indexOf('--')
  if (dashes === -1 || argv.length - dashes - 1 !== words.length) {
    throw new UsageError('where does the command begin?', 'provision run -i INVENTORY PATTERN -- COMMAND…')
  }
  const [text = ''] = words
  return words.length === 1 ? sh`eval ${text}` : sh`${words}`
}
