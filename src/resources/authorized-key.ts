import * as z from 'zod'
import { change, notReady, resource } from '../core/resource.ts'
import { describeOwnership, parsePlace, readKeysFile, writeKeysFile } from './authorized-keys-file.ts'
import { editLines } from './edit.ts'
import { line, oneOrMore, owner, path } from './params.ts'
import { type PublicKey, parsePublicKey, publicKey, writePublicKey } from './public-key.ts'

const params = () =>
  z
    .strictObject({
      user: owner().describe('User who may log in with the key.'),
      key: oneOrMore(publicKey()).describe(
        'Public key, or a list of them, each as the one line that ssh-keygen writes into the .pub file. A key that is there already gets the options and the comment that stand here.',
      ),
      options: line()
        .refine(
          (text) => /^(?:[^\s"]|"(?:\\"|[^"\\])*")+$/.test(text),
          'must be options with commas and no blanks between them',
        )
        .describe(
          'What the keys may be used for, as in sshd(8): `restrict,from="192.0.2.0/24",command="/usr/bin/backup"`.',
        )
        .optional(),
      exclusive: z.boolean().describe('No other key may be in the file; comments stay.').default(false),
      state: z.enum(['present', 'absent']).describe('Whether the keys are to be there.').default('present'),
      path: path()
        .describe(
          'Another file than `~/.ssh/authorized_keys`, in a directory that exists and belongs to the user or, as with AuthorizedKeysFile in sshd_config(5), to root.',
        )
        .optional(),
    })
    .refine(({ exclusive, state }) => !exclusive || state === 'present', {
      path: ['exclusive'],
      error: 'has no meaning for keys that are to be absent',
    })
    .refine(({ key, options }) => options === undefined || key.every((line) => !parsePublicKey(line)?.options), {
      path: ['options'],
      error: 'cannot stand beside options in the key itself',
    })

type Wanted = z.output<ReturnType<typeof params>>

export const authorizedKey = resource({
  name: 'authorized_key',
  summary: 'Let a public key log in as a user over SSH, or no longer.',
  description: `
Two lines are about the same key when its type and its body are the same: options and comment are brought to what the task says. All other lines stay as they are.
The directory \`~/.ssh\` gets mode 0700, the file 0600, both belong to the user. A file in a directory of root's (\`path\`) belongs to root and gets mode 0644.

The user's files are written with the user's own rights, and links are refused: nobody can lead root into another file.`,
  examples: `
- name: The laptop of who looks after the host
  authorized_key:
    user: deploy
    key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILPaNkX9i/jqHbmvgz+Jse+j1xKJO1EcoX2TBAS/PgkH me@laptop
    exclusive: true
- name: A key that can only fetch the backup
  authorized_key:
    user: backup
    key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILZgYd8N7Kabjz2P9DsasvCIeL8Kg+vqr9V5MbX3425i store
    options: restrict,from="192.0.2.7",command="/usr/local/bin/send-backup"
`,
  params,
  read: readKeysFile,

  plan(wanted, now) {
    const { user, state } = wanted
    const place = parsePlace(wanted, now)
    if (!place) return state === 'absent' ? [] : notReady(`the user ${user} does not exist`)
    if (!('path' in place)) return place
    const before = place.file.kind === 'file' ? (place.file.content ?? '') : ''
    const after = editKeys(before, wanted)
    if (after !== before) {
      const from = place.file.kind === 'absent' ? 'absent' : countKeys(before)
      const apply = writeKeysFile(place, after)
      return [{ what: place.path, from, to: countKeys(after), apply, diff: { before, after } }]
    }
    const ownership = state === 'absent' ? undefined : describeOwnership(place)
    return ownership ? change(place.path, ownership.from, ownership.to, writeKeysFile(place, after)) : []
  },

  // Who has no key there yet cannot lose the way in.
  guard(wanted, now) {
    const place = parsePlace(wanted, now)
    const had =
      place && 'path' in place && place.file.kind === 'file' && countKeys(place.file.content ?? '') !== '0 keys'
    return had ? { files: [place.path] } : undefined
  },
})

/** The text with the keys in it, or without them. Editing twice is the same as editing once. */
export function editKeys(text: string, { key, options, exclusive, state }: Wanted): string {
  const wanted = new Map(
    key.flatMap((line) => {
      const parsed = parsePublicKey(line)
      return parsed ? [[identify(parsed), writePublicKey({ ...parsed, options: options ?? parsed.options })]] : []
    }),
  )
  return editLines(text, (lines) => {
    const missing = new Map(wanted)
    const kept = lines.flatMap((line) => {
      const found = parsePublicKey(line)
      const id = found ? identify(found) : ''
      if (!wanted.has(id)) return exclusive && !/^\s*(#|$)/.test(line) ? [] : [line]
      // Of a key that stands there twice, the first line decides what it may do: the others go.
      const replacement = missing.get(id)
      missing.delete(id)
      return state === 'absent' || replacement === undefined ? [] : [replacement]
    })
    return state === 'absent' ? kept : [...kept, ...missing.values()]
  })
}

function identify({ type, blob }: PublicKey): string {
  return `${type} ${blob}`
}

function countKeys(text: string): string {
  const count = text.split('\n').filter((line) => parsePublicKey(line)).length
  return count === 1 ? '1 key' : `${count} keys`
}
