import * as z from 'zod'
import { type Script, sh } from '../core/shell.ts'
import type { CertificateFiles } from './acme-state.ts'
import { group, mode, owner, path, shell } from './params.ts'

export const installation = z
  .strictObject({
    key: path().describe('Where the key goes.'),
    fullchain: path().describe('Where the certificate goes, with the chain.'),
    owner: owner().default('root'),
    group: group().default('root'),
    mode: mode().default('0640'),
    reload: shell()
      .describe(
        'Command after each installation, now and at renewals. When it fails the task fails, with the files in place.',
      )
      .optional(),
  })
  .describe('Copies for the program that uses them, kept up to date at each renewal.')

export type Installation = z.output<typeof installation>

/** The options of `acme.sh --install-cert`. */
export function installOptions({ key, fullchain, reload }: Installation): string[] {
  return ['--key-file', key, '--fullchain-file', fullchain, ...(reload ? ['--reloadcmd', reload] : [])]
}

/** acme.sh writes into files that exist and keeps their owner and mode: no moment with a key that others may read. */
export function prepare({ key, fullchain, owner, group, mode }: Installation): Script {
  return sh`for file in ${[key, fullchain]}; do
  { [ -e "$file" ] || (umask 077 && : >"$file"); } && chown ${`${owner}:${group}`} "$file" && chmod ${mode} "$file" || exit
done`
}

/** Owner, group and mode where both copies are what acme.sh has, else what is wrong. */
export function readInstalled({ key, fullchain }: CertificateFiles, install: Installation): Script {
  return sh`if [ ! -s ${install.key} ] || [ ! -s ${install.fullchain} ]; then
  echo absent
elif ! cmp -s ${key} ${install.key} || ! cmp -s ${fullchain} ${install.fullchain}; then
  echo another certificate
else
  stat -c '%U:%G %04a' ${install.key} ${install.fullchain} | sort -u
fi`
}
