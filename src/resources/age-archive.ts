import { createHash } from 'node:crypto'
import { isAbsolute, join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as z from 'zod'
import type { Act } from '../core/control.ts'
import { HostError } from '../core/error.ts'
import { notReady, type Plan, resource } from '../core/resource.ts'
import { type Script, sh } from '../core/shell.ts'
import { encrypt, RECIPIENT } from '../local/age.ts'
import { readIfThere, writeAtomically } from '../local/files.ts'
import { commit } from '../local/repository.ts'
import { readTar } from '../local/tar.ts'
import { path } from './params.ts'

/** Kibibytes that are read from a host at most: they pass through memory. */
const LARGEST = 65_536

const params = () =>
  z.strictObject({
    paths: z.array(path()).min(1).describe('Files and directories of the host; what is not there is left out.'),
    exclude: z
      .array(z.string().min(1))
      .default([])
      .describe('Patterns of names that stay out, as for `tar --exclude`.'),
    folder: z
      .string()
      .min(1)
      .describe('Folder of the controller, made where it is missing; relative to where you are.'),
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be a plain name')
      .describe('Name of the archive, without its ending: the host.'),
    recipients: z
      .array(z.string().regex(RECIPIENT, 'must be a recipient such as age1…: age-keygen prints it as "public key"'))
      .min(1, 'nobody could decrypt it: "age-keygen -o key.txt" makes a key, whose "public key" (age1…) belongs here')
      .describe('Who can decrypt it: recipients of age, such as `age1…`.'),
    git: z
      .boolean()
      .default(false)
      .describe(
        'Commit it to the git repository of the folder, and push where that has a remote. A public remote is refused.',
      ),
  })

type Wanted = z.output<ReturnType<typeof params>>

/** What stands beside an archive in clear: enough to tell whether another one is needed, and nothing secret. */
interface Label {
  readonly sha256: string
  readonly recipients: readonly string[]
  readonly files: number
}

export const ageArchive = resource({
  name: 'age_archive',
  summary: 'Keep an encrypted archive of files of the host on the controller.',
  description: `The archive is \`FOLDER/NAME.tar.gz.age\`; \`age -d -i IDENTITY FILE | tar -tz\` lists it without this program. It is encrypted on the controller, for the recipients
only: nothing is ever written in clear. \`NAME.json\` beside it says what is in it by a checksum, so that an unchanged host makes no new archive.`,
  examples: `
- age_archive:
    paths: [/etc/chasquid, /var/lib/acme.sh]
    folder: backups
    name: mx1
    recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p]
`,
  params,
  read: (wanted) => ({ archive: readArchive(wanted) }),

  plan: (_, now): Plan => {
    const [first = ''] = now.archive.split('\n', 1)
    if (first === 'nothing') return notReady('none of these paths is there')
    return first.startsWith('too large') ? notReady(`${first}: this is for configuration, keys and lists of users`) : []
  },

  async control(wanted, now) {
    const archive = Buffer.from(now.archive, 'base64')
    const label: Label = {
      sha256: createHash('sha256').update(gunzipSync(archive)).digest('hex'),
      recipients: wanted.recipients.toSorted(),
      files: readTar(gunzipSync(archive)).filter(({ kind }) => kind === 'file').length,
    }
    const kept = await readLabel(wanted)
    const result = { path: place(wanted, '.tar.gz.age'), sha256: label.sha256, files: label.files }
    if (kept !== undefined && sameLabel(kept, label)) return { result }
    return { result, acts: [keep(wanted, archive, label, kept)] }
  },
})

function keep(wanted: Wanted, archive: Buffer, label: Label, kept: Label | undefined): Act {
  return {
    what: place(wanted, '.tar.gz.age'),
    from: kept === undefined ? 'absent' : describe(kept),
    to: describe(label),
    apply: async () => {
      const paths = [place(wanted, '.tar.gz.age'), place(wanted, '.json')] as const
      try {
        await writeAtomically(paths[0], await encrypt(archive, wanted.recipients), 0o600)
        await writeAtomically(paths[1], `${JSON.stringify(label, null, 2)}\n`, 0o600)
      } catch (error) {
        if (error instanceof HostError) throw error
        throw new HostError(`cannot write ${paths[0]}: ${(error as Error).message}`)
      }
      if (wanted.git) await commit(folderOf(wanted), paths, `Back up ${wanted.name}`)
      return {}
    },
  }
}

// Where the archive itself is gone, its label says nothing.
async function readLabel(wanted: Wanted): Promise<Label | undefined> {
  const [label, archive] = await Promise.all(
    ['.json', '.tar.gz.age'].map((ending) => readIfThere(place(wanted, ending))),
  )
  if (label === undefined || archive === undefined) return undefined
  try {
    return JSON.parse(label.toString('utf8')) as Label
  } catch {
    throw new HostError(`${place(wanted, '.json')} is no JSON`, { hint: 'remove it, and the archive is made anew' })
  }
}

function sameLabel(a: Label, b: Label): boolean {
  return a.sha256 === b.sha256 && JSON.stringify(a.recipients) === JSON.stringify(b.recipients)
}

function describe({ files, sha256, recipients }: Label): string {
  return `${files} files, ${String(sha256).slice(0, 12)}, for ${recipients.length} recipient${recipients.length === 1 ? '' : 's'}`
}

function folderOf({ folder }: Wanted): string {
  return isAbsolute(folder) ? folder : resolve(folder)
}

function place(wanted: Wanted, ending: string): string {
  return join(folderOf(wanted), `${wanted.name}${ending}`)
}

// Times are left out, so that the same content is the same archive on a host that was built anew. What tar says at its
// end travels around the pipe: sh knows the status of its last command only.
function readArchive({ paths, exclude }: Wanted): Script {
  const names = paths.map((one) => one.slice(1))
  return sh`cd / || exit
set --
for name in ${names}; do
  if [ -e "$name" ]; then set -- "$@" "$name"; fi
done
if [ "$#" = 0 ]; then
  echo nothing
  exit
fi
size=$(du -sckx -- "$@" | tail -n 1 | cut -f 1)
if [ "$size" -gt ${LARGEST} ]; then
  echo "too large: $size KiB"
  exit
fi
exec 4>&1
status=$(
  {
    {
      tar --create --format=ustar --sort=name --mtime=@0 --warning=no-file-ignored ${exclude.map((pattern) => `--exclude=${pattern}`)} -- "$@"
      echo "$?" >&3
    } | gzip -n | base64 -w 0 >&4
  } 3>&1
)
exit "$status"`
}
