import { HostError, UnreachableError } from '../core/error.ts'
import type { Masker } from '../core/secret.ts'
import type { Session } from '../core/session.ts'
import type { HostAddress } from '../core/task.ts'
import { atOnce } from '../engine/run.ts'
import type { Connect } from '../engine/sessions.ts'
import { visible } from '../report/text.ts'
import { ExitCode } from './exit-code.ts'
import type { HostFlags } from './options.ts'
import { chooseHosts, unreachableText } from './ping.ts'

/** What every host said, in the order of the inventory, and what to reach them again with. */
export interface Asked<T> {
  readonly answers: readonly { readonly host: HostAddress; readonly answer: T }[]
  readonly hosts: readonly HostAddress[]
  readonly connect: Connect
  readonly masker: Masker
  /** 0, or what came of hosts that could not be asked; that was said on standard error. */
  readonly code: number
}

/** Asks every host that is meant one thing, as the user that `-b` and `--become-user` say. */
export async function askHosts<T>(
  pattern: string | undefined,
  flags: HostFlags,
  ask: (session: Session) => Promise<T>,
): Promise<Asked<T>> {
  const { hosts, connect, masker } = await chooseHosts(pattern, flags)
  const answers = new Map<HostAddress, T>()
  let code: number = ExitCode.done
  await atOnce(flags.forks, hosts, async (host) => {
    try {
      const connection = await connect(host)
      try {
        answers.set(host, await ask(await connection.session(flags.become ? (flags.becomeUser ?? 'root') : undefined)))
      } finally {
        await connection.close()
      }
    } catch (error) {
      if (!(error instanceof UnreachableError || error instanceof HostError)) throw error
      const isLost = error instanceof UnreachableError
      const text = isLost ? unreachableText(host, error) : `✖ ${host.name} · ${error.message}\n${error.output ?? ''}`
      process.stderr.write(`${visible(masker.mask(text.trimEnd()))}\n`)
      if (code !== ExitCode.failed) code = isLost ? ExitCode.unreachable : ExitCode.failed
    }
  })
  return {
    answers: hosts.flatMap((host) => (answers.has(host) ? [{ host, answer: answers.get(host)! }] : [])),
    hosts,
    connect,
    masker,
    code,
  }
}
