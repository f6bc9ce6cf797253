import { basename, dirname } from 'node:path/posix'
import { type FileState, parseFile, placeFile } from '../core/file.ts'
import { type Impossible, impossible, type NotReady, notReady } from '../core/resource.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'

/** Which file: the user's `~/.ssh/authorized_keys`, or another one. */
export interface KeysFile {
  readonly user: string
  readonly path?: string | undefined
}

/** Where the file is, what is there, and who asks. */
export interface Place {
  readonly path: string
  readonly folder: string
  readonly directory: FileState
  readonly file: FileState
  /** The user of the session. */
  readonly me: string
  readonly user: string
  readonly uid: string
  readonly gid: string
  readonly home: string
  /** The directory is `~/.ssh`, which is made and mended where needed. */
  readonly isOwnFolder: boolean
  /** The directory is one that only root can write to. */
  readonly isRoots: boolean
}

/** What an entered directory that is reached through a link is answered with. */
const ELSEWHERE = 'elsewhere\n'

/** The reads of the account with its `.ssh`, and of the file inside. */
export function readKeysFile(wanted: KeysFile): { readonly account: Script; readonly file: Script } {
  const { locate, name } = locateFile(wanted)
  return {
    account: sh`(
id -un
${locate}
printf '%s\n' "$entry"
file_state "$folder"
)`,
    // Checked is the directory that was entered, wherever its name may lead a moment later; and dd does not open a link.
    file: sh`(
${locate}
cd -P -- "$folder" 2>/dev/null || { echo absent && exit; }
if [ "$(pwd -P)" != "$expected" ]; then
  printf ${ELSEWHERE}
elif [ -f ${name} ] && [ ! -L ${name} ]; then
  stat -c 'text %a %U %G %s' -- ${name}
  dd if=${name} iflag=nofollow,nonblock,fullblock bs=65536 count=1 status=none
else
  file_state ${name}
fi
)`,
  }
}

/** @returns the place, nothing where there is no such user, or why keys cannot be read or written there. */
export function parsePlace(
  { user, path }: KeysFile,
  now: { readonly account: string; readonly file: string },
): Place | NotReady | Impossible | undefined {
  const [me = '', entry = '', ...rest] = now.account.split('\n')
  if (entry === '') return undefined
  const [, , uid = '', gid = '', , home = ''] = entry.split(':')
  const directory = parseFile(rest.join('\n'))
  const folder = path === undefined ? `${home}/.ssh` : dirname(path)
  if (now.file === ELSEWHERE || directory.kind === 'link') {
    return impossible(
      `${folder} is a link or is reached through one`,
      'keys are neither read nor written through links',
    )
  }
  const isRoots = path !== undefined && user !== 'root' && 'owner' in directory && directory.owner === 'root'
  const place = {
    path: path ?? `${folder}/authorized_keys`,
    ...{ folder, directory, file: parseFile(now.file), me, user, uid, gid, home },
    isOwnFolder: path === undefined,
    isRoots,
  }
  return obstacle(place) ?? place
}

/** What of owner and mode differs from how sshd(8) wants it; nothing where all is well. */
export function describeOwnership(place: Place): { readonly from: string; readonly to: string } | undefined {
  const { directory, file, folder, path, user, isOwnFolder } = place
  const wanted = [
    ...(isOwnFolder ? [{ at: folder, now: directory, owner: user, mode: '0700' }] : []),
    { at: path, now: file, ...fileAttributes(place) },
  ]
  const differ = wanted.flatMap(({ at, now, owner, mode }) => {
    if (!('mode' in now) || (now.owner === owner && now.mode === mode)) return []
    return [{ from: `${basename(at)} ${now.owner} ${now.mode}`, to: `${basename(at)} ${owner} ${mode}` }]
  })
  if (differ.length === 0) return undefined
  return { from: differ.map(({ from }) => from).join(', '), to: differ.map(({ to }) => to).join(', ') }
}

/** The script that brings the whole file, its directory, and their owners and modes to what is wanted. */
export function writeKeysFile(place: Place, content: string): Script {
  const { path, folder, directory, user, uid, gid, me, isOwnFolder, isRoots } = place
  if (isRoots) return placeFile({ path, content, ...fileAttributes(place) })
  // Root's writing in a directory of the user's could be led astray by a link put there in between: so the user writes.
  const asUser = me === user ? sh`` : sh`setpriv ${[`--reuid=${uid}`, `--regid=${gid}`, '--init-groups']} `
  const isNew = directory.kind === 'absent'
  const isOthers = 'owner' in directory && directory.owner !== user
  return joinScripts(
    [
      isNew ? sh`(umask 077 && mkdir -- ${folder})` : sh``,
      isOwnFolder && me !== user && (isNew || isOthers) ? sh`chown -h -- ${`${user}:`} ${folder}` : sh``,
      sh`keep_file ${path}`,
      sh`printf %s ${content} | ${asUser}sh -c ${isOwnFolder ? `chmod 0700 -- "$1" && ${WRITE}` : WRITE} sh ${[folder, basename(path)]}`,
    ],
    ' &&\n',
  )
}

// A program of its own, because another user runs it. mktemp(1) names the file with letters and digits only.
const WRITE = `cd -- "$1" || exit
for left in .provision.????????; do if [ -O "$left" ] && [ -f "$left" ] && [ ! -L "$left" ]; then rm -f -- "$left"; fi; done
new=$(umask 077 && mktemp .provision.XXXXXXXX) || exit
trap "rm -f $new" EXIT
trap "exit 143" TERM
cat >"$new" && sync -- "$new" && mv -fT -- "$new" "$2"`

function locateFile({ user, path }: KeysFile): { readonly locate: Script; readonly name: string } {
  const entry = sh`entry=$(getent passwd ${user}) || { [ $? -eq 2 ] && exit; }`
  if (path !== undefined) {
    const folder = dirname(path)
    return { locate: joinScripts([entry, sh`folder=${folder} expected=${folder}`]), name: `./${basename(path)}` }
  }
  return {
    locate: sh`${entry}
home=\${entry%:*}
home=\${home##*:}
folder=$home/.ssh expected=$(cd -P -- "$home" 2>/dev/null && pwd -P)/.ssh`,
    name: './authorized_keys',
  }
}

function fileAttributes({ isRoots, user }: Place): { readonly owner: string; readonly mode: string } {
  return isRoots ? { owner: 'root', mode: '0644' } : { owner: user, mode: '0600' }
}

/** Why keys cannot be written there, or nothing. */
function obstacle(place: Place): NotReady | Impossible | undefined {
  const { path, folder, directory, file, me, user, home, isOwnFolder, isRoots } = place
  const become = 'add become: true to the task'
  if (me !== 'root' && me !== user) return impossible(`${me} cannot edit the keys of ${user}`, become)
  if (directory.kind === 'no directory' && isOwnFolder) {
    return notReady(`the home directory of ${user} does not exist: ${home}`)
  }
  if (directory.kind === 'no directory' || (directory.kind === 'absent' && !isOwnFolder)) {
    return notReady(`the directory of ${path} does not exist`)
  }
  if (directory.kind !== 'directory' && directory.kind !== 'absent') return impossible(`${folder} is no directory`)
  if (directory.kind === 'directory' && directory.owner !== user) {
    if (me !== 'root') return impossible(`${folder} belongs to ${directory.owner}`, become)
    const isOpen = (Number.parseInt(directory.mode, 8) & 0o022) !== 0
    if (!isOwnFolder && (!isRoots || isOpen)) {
      return impossible(
        isRoots ? `others than root can write to ${folder}` : `${folder} belongs to ${directory.owner}`,
        `it must belong to ${user}, or to root alone`,
      )
    }
  }
  if (file.kind === 'link') {
    return impossible(`${path} is a link to ${file.target}`, 'keys are neither read nor written through links')
  }
  if (file.kind !== 'file' && file.kind !== 'absent') return impossible(`${path} is no file`)
  // What is not UTF-8 was damaged when it was decoded: writing it back would destroy it.
  if (file.kind === 'file' && Buffer.byteLength(file.content ?? '') !== file.size) {
    return impossible(`${path} is no UTF-8 text of up to 64 KiB`, 'look at it on the host')
  }
  return undefined
}
