import { UnreachableError } from '../core/error.ts'
import { Masker } from '../core/secret.ts'
import { sh } from '../core/shell.ts'
import type { HostAddress } from '../core/task.ts'
import type { Connect } from '../engine/host-run.ts'
import { loadHosts } from '../input/load.ts'
import { connector } from './connect.ts'
import { ExitCode } from './exit-code.ts'
import { failedLimit } from './failed-hosts.ts'
import { type HostFlags, inventoryOf } from './options.ts'
import { maskProblems } from './secrets.ts'

/** `provision ping`: connection, authentication and, with `-b`, sudo of every host. */
export function ping(pattern: string | undefined, flags: HostFlags): Promise<number> {
  return onEachHost(pattern, flags, async (address, connect) => {
    const started = performance.now()
    const connection = await connect(address)
    try {
      const session = await connection.session(flags.become ? (flags.becomeUser ?? 'root') : undefined)
      // Only an answer shows that there is a shell: without a question a sudo that refuses would go unnoticed.
      await session.survey([{ id: 'ping', script: sh`:` }])
      return `✔ ${address.name}  reached ${address.host} in ${((performance.now() - started) / 1000).toFixed(2)} s`
    } finally {
      await connection.close()
    }
  })
}

/** Does something on every host at once and prints a line for each, in inventory order. */
export async function onEachHost(
  pattern: string | undefined,
  flags: HostFlags,
  act: (address: HostAddress, connect: Connect) => Promise<string>,
): Promise<number> {
  const masker = new Masker()
  const inventory = inventoryOf(flags)
  const hosts = maskProblems(masker, () =>
    loadHosts({
      inventory,
      limit: failedLimit(pattern ?? flags.limit, inventory),
      user: flags.user,
      extraVariables: flags.extraVars ?? [],
      onSecret: (value) => masker.add(value),
    }),
  )
  const connect = await connector(flags, masker)
  const outcomes = await Promise.all(
    hosts.map(async (address) => {
      try {
        return { text: await act(address, connect), reached: true }
      } catch (error) {
        if (!(error instanceof UnreachableError)) throw error
        const hint = error.hint === undefined ? '' : `\n  ${error.hint}`
        return { text: `✖ ${address.name} · ${error.stage}: ${error.message}${hint}`, reached: false }
      }
    }),
  )
  process.stdout.write(`${outcomes.map(({ text }) => masker.mask(text)).join('\n')}\n`)
  return outcomes.every(({ reached }) => reached) ? ExitCode.done : ExitCode.unreachable
}
