import * as z from 'zod'
import { type FileState, parseFile, planFile, readFile, type WantedFile } from '../core/file.ts'
import { type Change, impossible, isChanges, type LocalFile, notReady, type Plan, resource } from '../core/resource.ts'
import { joinScripts, sh } from '../core/shell.ts'
import { armour, KEYRINGS, SOURCES, trySource, writeSource } from './apt-source.ts'
import { duration, line, oneOrMore, path } from './params.ts'

const word = (example: string) => z.string().regex(/^[\w.:+~/-]+$/, `must be one word, such as ${example}`)

const uri = z
  .string()
  .regex(/^[a-z][a-z0-9+]*:\S+$/, 'must be a URI, such as https://packages.example.org/debian or file:/srv/packages')
  .refine(
    (text) => !/^[a-z0-9+]+:\/\/[^/]*@/.test(text),
    'must not hold a password, which everybody could read: put it into /etc/apt/auth.conf.d, see apt_auth.conf(5)',
  )

const OWN_FIELDS = /^(types|uris|suites|components|enabled|signed-by)$/i

const params = () =>
  z
    .strictObject({
      name: z
        .string()
        .regex(
          /^[A-Za-z0-9][A-Za-z0-9_.-]*$/,
          'must be letters, digits, _, . and -: apt ignores files with other names',
        )
        .refine((name) => !/\.(sources|list)$/.test(name), 'is without .sources, which is added')
        .describe('Name of the file in /etc/apt/sources.list.d, and of its key in /etc/apt/keyrings.'),
      types: oneOrMore(z.enum(['deb', 'deb-src']))
        .describe('Packages, their sources, or both.')
        .default(['deb']),
      uris: oneOrMore(uri).describe('Where the repository is.').optional(),
      suites: oneOrMore(word('bookworm'))
        .describe(
          'Releases, such as `bookworm`; or a path that ends in a slash, such as `./`, for a repository without any.',
        )
        .optional(),
      components: oneOrMore(word('main')).describe('Parts, such as `main`; none where a suite is a path.').default([]),
      enabled: z.boolean().describe('`false`: the file is there and apt does not use it.').default(true),
      key: z
        .string()
        .refine((text) => armour(Buffer.from(text)) !== undefined, 'must be a public key: BEGIN PGP PUBLIC KEY BLOCK')
        .describe('Public key of the repository, as text.')
        .optional(),
      key_file: z.string().min(1).describe('File of the controller with that key, as text or binary.').optional(),
      signed_by: path().describe('Key that is on the host already.').optional(),
      options: z
        .record(
          z.string().regex(/^[A-Za-z][A-Za-z-]*$/, 'must be the name of a field, such as Architectures'),
          z.union([z.boolean(), line(), z.array(line()).min(1)]),
        )
        .refine((options) => !Object.keys(options).some((field) => OWN_FIELDS.test(field)), {
          error: 'must not have fields that are parameters, such as Signed-By',
        })
        .describe('Other fields of sources.list(5), such as `Architectures: amd64`, `Trusted: true`.')
        .default({}),
      lock_timeout: duration().describe('How long to wait for another apt.').default(300),
      state: z.enum(['present', 'absent']).describe('`absent` removes the file and its key.').default('present'),
    })
    .refine(({ state, uris }) => state === 'absent' || uris, { path: ['uris'], error: 'is missing' })
    .refine(({ state, suites }) => state === 'absent' || suites, { path: ['suites'], error: 'is missing' })
    // Where a suite is none, the list of one has not been made yet.
    .refine(
      ({ suites = [], components }) =>
        [suites].flat().every((suite) => suite.endsWith('/') === (components.length === 0)),
      {
        path: ['components'],
        error: 'are needed for releases, and must be left out for suites that end in a slash',
      },
    )
    .refine(({ key, key_file, signed_by }) => [key, key_file, signed_by].filter(Boolean).length <= 1, {
      error: 'needs only one of key, key_file, signed_by',
    })

type Wanted = z.output<ReturnType<typeof params>>
type Given = { readonly key_file?: LocalFile }

export const aptRepository = resource({
  name: 'apt_repository',
  summary: 'Have apt know a repository of packages, and its key.',
  description: `
Before anything takes its place, apt reads the new source together with all others and fetches its package lists. When that fails the task fails with what apt says,
and the host stays as it was: a repository that cannot be reached, or whose signature is wrong, never stops the others.

Lines about the same repository in other files are left alone. The lists of the other sources are not fetched again.`,
  examples: `
- name: Newer packages for the stable release
  apt_repository:
    name: backports
    uris: https://packages.example.org/debian
    suites: bookworm-backports
    components: main
    signed_by: /usr/share/keyrings/debian-archive-keyring.gpg
- name: Packages of another maker
  apt_repository:
    name: example
    uris: https://packages.example.org/apt
    suites: stable
    components: [main, extra]
    key_file: keys/example.asc
    options: { Architectures: amd64 }
- name: No longer
  apt_repository: { name: old-vendor, state: absent }
`,
  params,
  files: { key_file: 'content' },
  read: (wanted, files) => {
    const { name, signed_by, state } = wanted
    const key = state === 'present' ? keyOf(wanted, files) : ''
    return {
      source: readFile(sourcePath(name), state === 'present' ? textOf(wanted) : ''),
      key: key === undefined ? sh`` : readFile(keyPath(name), key),
      given: signed_by ? sh`if [ -e ${signed_by} ]; then echo present; else echo absent; fi` : sh``,
    }
  },

  plan(wanted, now, files): Plan {
    const { name, state, signed_by, key_file } = wanted
    const paths = { source: sourcePath(name), key: keyPath(name) }
    if (state === 'absent') return [...removal(paths.source, now.source), ...removal(paths.key, now.key)]
    const key = keyOf(wanted, files)
    if (key_file !== undefined && key === undefined) {
      return impossible(`${key_file} is not a public key of OpenPGP`, 'gpg --armor --export NAME writes one')
    }
    if (now.given === 'absent\n') return notReady(`${signed_by} does not exist`)
    const source = parseFile(now.source)
    if (source.kind === 'no directory') {
      return impossible(`this host has no ${SOURCES}`, 'apt_repository manages Debian, Ubuntu and their relatives')
    }
    const attributes = { owner: 'root', group: 'root', mode: '0644' }
    const content = textOf(wanted)
    const plans = [
      key === undefined ? [] : planKey({ path: paths.key, content: key, ...attributes }, parseFile(now.key)),
      planFile({ path: paths.source, content, ...attributes }, source),
    ]
    const blocked = plans.find((plan) => !isChanges(plan))
    if (blocked) return blocked
    const trial = trySource({ name, content, key, lockTimeout: wanted.lock_timeout, fetch: wanted.enabled })
    return plans
      .flatMap((plan) => (isChanges(plan) ? plan : []))
      .map((change, index) => {
        return index === 0 ? { ...change, apply: joinScripts([trial, change.apply], ' &&\n') } : change
      })
  },
})

// Old releases do not come with the directory.
function planKey(wanted: WantedFile, now: FileState): Plan {
  if (now.kind !== 'no directory') return planFile(wanted, now)
  const plan = planFile(wanted, { kind: 'absent' })
  const make = sh`mkdir -p ${KEYRINGS}`
  return isChanges(plan) ? plan.map((one) => ({ ...one, apply: joinScripts([make, one.apply], ' &&\n') })) : plan
}

function removal(path: string, answer: string): readonly Change[] {
  const found = parseFile(answer)
  if (found.kind === 'absent' || found.kind === 'no directory') return []
  return [{ what: path, from: 'present', to: 'absent', apply: sh`remove_file ${path}` }]
}

function sourcePath(name: string): string {
  return `${SOURCES}/${name}.sources`
}

function keyPath(name: string): string {
  return `${KEYRINGS}/${name}.asc`
}

/** The key that the task brings, in ASCII armour; nothing where it brings none, or the file holds none. */
function keyOf({ key, key_file }: Wanted, files: Given): string | undefined {
  const given = key_file === undefined ? undefined : files.key_file?.content
  return key === undefined && given === undefined ? undefined : armour(given ?? Buffer.from(key ?? ''))
}

function textOf({ types, uris = [], suites = [], ...wanted }: Wanted): string {
  const { name, key, key_file, signed_by, components, enabled, options } = wanted
  const signedBy = key === undefined && key_file === undefined ? signed_by : keyPath(name)
  return writeSource({ types, uris, suites, components, enabled, signedBy, options })
}
