import type { Command } from 'commander'
import type { EncryptFlags } from './encrypt.ts'
import type { RecipientFlags } from './recipients.ts'

/** Adds `provision secrets …`. @param done hears the exit code. */
export function addSecretsCommands(program: Command, done: (code: number) => void): void {
  const secrets = program
    .command('secrets')
    .description('Keep variables in files that age encrypts: keygen, encrypt, edit, view, rekey')
    .addHelpText(
      'after',
      `
  provision secrets keygen                          a key of your own, once; it prints your recipient
  echo age1… >> secrets.recipients                  who can open what is encrypted beside and below this file
  provision secrets edit group_vars/all/secrets.yaml

Encrypted files are read wherever variables are: group_vars, host_vars, vars_files, -e @FILE, the inventory.
They are files of age: age -d -i IDENTITY FILE opens them, too.`,
    )
  secrets
    .command('keygen')
    .description('Make a key of your own, and print its recipient')
    .option('--output <file>', 'default: ~/.config/provision/identity.txt; a file that exists is never replaced')
    .action(async (flags: { readonly output?: string }) => {
      const { keygen } = await import('./keygen.ts')
      done(await keygen(flags))
    })
  addRecipientOptions(secrets.command('encrypt').argument('<file...>'))
    .description('Encrypt files in place')
    .option('--output <file>', 'write there instead')
    .action(async (files: readonly string[], flags: EncryptFlags) => {
      const { encryptFiles } = await import('./encrypt.ts')
      done(await encryptFiles(files, flags))
    })
  addRecipientOptions(addKeyOptions(secrets.command('edit').argument('<file>')))
    .description('Edit an encrypted file with $VISUAL or $EDITOR, or make one')
    .action(async (file: string, flags: RecipientFlags) => {
      const { edit } = await import('./edit.ts')
      done(await edit(file, flags))
    })
  addKeyOptions(secrets.command('view').argument('<file>'))
    .description('Print an encrypted file in clear')
    .action(async (file: string, flags: RecipientFlags) => {
      const { view } = await import('./view.ts')
      done(await view(file, flags))
    })
  addRecipientOptions(addKeyOptions(secrets.command('rekey').argument('<file...>')))
    .description('Encrypt files anew, for the recipients of now: all of them or none')
    .action(async (files: readonly string[], flags: RecipientFlags) => {
      const { rekey } = await import('./rekey.ts')
      done(await rekey(files, flags))
    })
}

/** How encrypted files are opened. @returns the same command. */
export function addKeyOptions(command: Command): Command {
  return command
    .option('--identity <file>', 'key that opens encrypted files: of age or SSH (repeatable)', append)
    .option('--passphrase-file <file>', 'read the passphrase of encrypted files from a file')
}

function addRecipientOptions(command: Command): Command {
  const known = command.options.some(({ long }) => long === '--passphrase-file')
  const all = command
    .option('-r, --recipient <recipient>', 'for age1…, ssh-ed25519 … or ssh-rsa … (repeatable)', append)
    .option('-R, --recipients-file <file>', 'for those in this file; default: the nearest secrets.recipients', append)
    .option('-p, --passphrase', 'with a passphrase')
  return known ? all : all.option('--passphrase-file <file>', 'read the passphrase from a file')
}

function append(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value]
}
