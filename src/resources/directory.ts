import * as z from 'zod'
import { describeAttributes, type FileState, parseFile, readFile } from '../core/file.ts'
import { impossible, notReady, type Plan, resource } from '../core/resource.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'
import { attributes, path } from './params.ts'

/** Directories of the system itself (FHS 3.0): asking to remove one is a slip of the pen. */
const SYSTEM = new Set(
  '/ /bin /boot /dev /etc /home /lib /lib32 /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /var '
    .concat(
      '/etc/ssh /etc/systemd /usr/bin /usr/lib /usr/local /usr/sbin /usr/share /var/cache /var/lib /var/log /var/mail',
    )
    .split(' '),
)

const params = () =>
  z
    .strictObject({
      path: path().describe('The directory.'),
      state: z.enum(['present', 'absent']).describe('`absent` removes it with everything in it.').default('present'),
      ...attributes,
      parents: z.boolean().describe('Make missing directories above it, too (owned by root, mode 0755).').default(true),
      recurse: z
        .boolean()
        .describe(
          'Owner and group are those of everything below it, too. The mode is not: directories and files differ.',
        )
        .default(false),
    })
    .refine(({ state, path }) => state === 'present' || !SYSTEM.has(path), {
      path: ['path'],
      error: 'is a directory of the system, which is never removed',
    })
    .refine(({ recurse, owner, group }) => !recurse || owner || group, {
      path: ['recurse'],
      error: 'needs an owner or a group',
    })

type Wanted = z.output<ReturnType<typeof params>>

export const directory = resource({
  name: 'directory',
  summary: 'Make or remove a directory, with its owner, group and mode.',
  examples: `
- name: Where chasquid finds its certificates
  directory: { path: /etc/chasquid/certs, owner: root, group: chasquid, mode: '0750' }
- name: The old releases are gone
  directory: { path: /opt/app/releases/1, state: absent }
`,
  params,

  read: (wanted) => ({
    state: readFile(wanted.path),
    below: wanted.recurse && wanted.state === 'present' ? countBelow(wanted) : sh``,
  }),

  plan(wanted, now) {
    const found = parseFile(now.state)
    return wanted.state === 'absent' ? planAbsent(wanted, found) : planPresent(wanted, found, now.below)
  },
})

function planAbsent({ path }: Wanted, now: FileState): Plan {
  if (now.kind === 'absent' || now.kind === 'no directory') return []
  if (now.kind !== 'directory') return impossible(`${path} is a ${now.kind}`, 'remove it with the resource file')
  return [{ what: path, from: 'directory', to: 'absent', apply: sh`remove_directory ${path}` }]
}

function planPresent(wanted: Wanted, now: FileState, below: string): Plan {
  const { path, owner, group, mode, parents, recurse } = wanted
  if (now.kind === 'absent' || now.kind === 'no directory') {
    if (now.kind === 'no directory' && !parents) return notReady(`the directory above ${path} does not exist`)
    const to = [
      'directory',
      owner || group ? `${owner ?? 'root'}:${group ?? 'root'}` : '',
      mode?.padStart(4, '0') ?? '',
    ]
    const make = sh`mkdir ${[...(parents ? ['-p'] : []), ...(mode ? ['-m', mode] : [])]} -- ${path}`
    return [{ what: path, from: 'absent', to: to.filter(Boolean).join(' '), apply: and([make, ...own(wanted)]) }]
  }
  if (now.kind !== 'directory') return notReady(`${path} is a ${now.kind}`)
  const differing = describeAttributes(wanted, now)
  const others = recurse ? below.trim() : '0'
  return [
    ...(differing ? [{ what: path, ...differing, apply: and([...own(wanted), ...bits(wanted)]) }] : []),
    ...(others === '0'
      ? []
      : [
          {
            what: `${path}/…`,
            from: `${others} with another owner`,
            to: ownership(wanted),
            apply: sh`chown -hR ${ownership(wanted)} -- ${path}`,
          },
        ]),
  ]
}

// Before the directory is there nothing is below it. An unknown user is no error here: an earlier task may add it.
function countBelow({ path, owner, group }: Wanted): Script {
  const same = [...(owner ? ['-user', owner] : []), ...(group ? ['-group', group] : [])]
  return sh`if [ -d ${path} ]; then find ${path} -mindepth 1 ! '(' ${same} ')' -printf . 2>/dev/null | wc -c; else echo 0; fi`
}

function own(wanted: Wanted): Script[] {
  return wanted.owner || wanted.group ? [sh`chown -h ${ownership(wanted)} -- ${wanted.path}`] : []
}

// Five digits: with fewer, GNU chmod keeps the set-group-ID bit of a directory (coreutils manual, "Directory Setuid and Setgid").
function bits({ mode, path }: Wanted): Script[] {
  return mode ? [sh`chmod ${mode.padStart(5, '0')} -- ${path}`] : []
}

function ownership({ owner = '', group }: Wanted): string {
  return group ? `${owner}:${group}` : owner
}

function and(scripts: readonly Script[]): Script {
  return joinScripts(scripts, ' && ')
}
