import { UnreachableError } from '../core/error.ts'
import { Masker } from '../core/secret.ts'
import { sh } from '../core/shell.ts'
import type { HostAddress } from '../core/task.ts'
import { atOnce } from '../engine/run.ts'
import type { Connect } from '../engine/sessions.ts'
import { loadHosts } from '../input/load.ts'
import { visible } from '../report/text.ts'
import { connector } from './connect.ts'
import { ExitCode } from './exit-code.ts'
import { failedLimit } from './failed-hosts.ts'
import { type HostFlags, inventoryOf } from './options.ts'
import type { Profiling } from './profile.ts'
import { profileOf, tellProfile } from './profile-flags.ts'
import { readInput } from './read-input.ts'
import { maskErrors } from './secrets.ts'

/** `provision ping`: connection, authentication and, with `-b`, sudo of every host. */
export async function ping(pattern: string | undefined, flags: HostFlags): Promise<number> {
  const profile = await profileOf(flags)
  profile?.begin('read')
  const reachOne = async (address: HostAddress, connect: Connect): Promise<string> => {
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
  }
  return onEachHost(pattern, flags, reachOne, profile)
}

/** Does something on every host and prints a line for each, in inventory order. */
export async function onEachHost(
  pattern: string | undefined,
  flags: HostFlags,
  act: (address: HostAddress, connect: Connect) => Promise<string>,
  profile?: Profiling,
): Promise<number> {
  const { hosts, connect, masker } = await chooseHosts(pattern, flags, profile)
  profile?.watch([])
  const texts = new Map<HostAddress, string>()
  let code: number = ExitCode.done
  await atOnce(flags.forks, hosts, async (address) => {
    try {
      texts.set(address, await maskErrors(masker, () => act(address, connect)))
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error
      texts.set(address, unreachableText(address, error))
      code = ExitCode.unreachable
    }
  })
  process.stdout.write(`${hosts.map((address) => visible(masker.mask(texts.get(address) ?? ''))).join('\n')}\n`)
  if (profile) await tellProfile(profile, flags, masker)
  return code
}

/** What a command that is no playbook needs to reach the hosts that are meant. */
export async function chooseHosts(
  pattern: string | undefined,
  flags: HostFlags,
  profile?: Profiling,
): Promise<{ readonly hosts: readonly HostAddress[]; readonly connect: Connect; readonly masker: Masker }> {
  const masker = new Masker()
  const inventory = inventoryOf(flags)
  const { value: hosts, known } = await readInput(flags, masker, ({ decrypted }) =>
    loadHosts({
      decrypted,
      inventory,
      limit: failedLimit(pattern ?? flags.limit, inventory),
      user: flags.user,
      extraVariables: flags.extraVars ?? [],
      onSecret: (value) => masker.add(value),
    }),
  )
  return { hosts, connect: await connector(flags, masker, known, profile), masker }
}

export function unreachableText({ name }: HostAddress, { stage, message, hint }: UnreachableError): string {
  return `✖ ${name} · ${stage}: ${message}${hint === undefined ? '' : `\n  ${hint}`}`
}
