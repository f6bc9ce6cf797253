import type { Masker } from '../core/secret.ts'
import type { HostAddress } from '../core/task.ts'
import type { Connect } from '../engine/sessions.ts'
import type { ReachOptions } from '../host/options.ts'
import { reach } from '../host/reach.ts'
import { loadHosts } from '../input/load.ts'
import { visible } from '../report/text.ts'
import { type HostFlags, inventoryOf } from './options.ts'
import { askHidden, sudoPassword } from './password.ts'
import type { Profiling } from './profile.ts'
import type { Known } from './read-input.ts'
import { maskProblems } from './secrets.ts'

/**
 * How this run reaches hosts; asks for the sudo password at once where the command line wants it asked for.
 *
 * @param known the encrypted files of the inventory, decrypted.
 * @param profile hears what each step takes.
 */
export async function connector(
  flags: HostFlags,
  masker: Masker,
  known?: Known,
  profile?: Profiling,
): Promise<Connect> {
  const password = await sudoPassword(flags)
  if (password) masker.add(password)
  // A jump host need not be among the hosts of this run.
  let everyHost: readonly HostAddress[] | undefined
  // One object for all hosts: keys, passphrases and jump hosts are shared through it.
  const options: ReachOptions = {
    acceptNew: flags.acceptNew === true,
    connectTimeoutSeconds: flags.timeout,
    ...(flags.persist === undefined ? {} : { persistSeconds: flags.persist }),
    askPassphrase: async (file) => {
      const passphrase = await askHidden(`passphrase of ${file}: `)
      if (passphrase) masker.add(passphrase)
      return passphrase
    },
    resolveVia: (name) => {
      everyHost ??= maskProblems(masker, () =>
        loadHosts({
          inventory: inventoryOf(flags),
          user: flags.user,
          extraVariables: flags.extraVars ?? [],
          decrypted: known?.decrypted,
        }),
      )
      return everyHost.find((host) => host.name === name)
    },
    ...(flags.verbose > 2 ? { trace: (line: string) => console.error(visible(masker.mask(line))) } : {}),
    ...(password ? { sudoPassword: password } : {}),
  }
  return profile?.connect(reach, options) ?? ((address) => reach(address, options))
}
