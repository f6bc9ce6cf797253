import type { FaultName } from '../../scripts/reliability.ts'

/** One thing about a host that goes wrong, by shell text that really makes it so. */
export interface Surrounding {
  readonly fault: FaultName
  readonly where: string
  /** The tasks that run into it, as YAML; they change something on a host that is well. */
  readonly tasks: string
  readonly cause: string
  readonly mend: string
  /** What the user is told. */
  readonly says: readonly RegExp[]
  /** Succeeds where the failed run has left nothing half done. */
  readonly intact: string
  /** Succeeds once the host is as wanted. */
  readonly done: string
}

/**
 * Shell text: the folder, with what is in it, becomes a small file system on which there is no room.
 *
 * @param room KiB that `empty` gives back.
 */
const fill = (folder: string, room = 512): string => `
mkdir -p ${folder} /mnt/small
mount -t tmpfs -o size=$(($(du -sk ${folder} | cut -f1) + ${room}))k,mode=$(stat -c %a ${folder}) none /mnt/small
cp -a ${folder}/. /mnt/small/
mount --bind /mnt/small ${folder}
umount /mnt/small
dd if=/dev/zero of=${folder}/.filler bs=4k status=none 2>/dev/null || true`

/** Shell text: there is room again. The folder stays a file system of its own. */
const empty = (folder: string): string => `rm ${folder}/.filler`

/** Shell text: nobody can write in the folders any more, not root either. */
const freeze = (...folders: readonly string[]): string =>
  folders.map((folder) => `mount --bind ${folder} ${folder}; mount -o remount,bind,ro ${folder}`).join('\n')

const thaw = (...folders: readonly string[]): string => folders.map((folder) => `umount ${folder}`).join('\n')

/** A file with an old version that the run is to replace, in a folder of its own. */
const replaced = (folder: string): Pick<Surrounding, 'tasks' | 'cause' | 'intact' | 'done'> => ({
  tasks: `
    - file: { path: ${folder}/app.conf, content: "new\\n" }`,
  cause: `mkdir -p ${folder}; echo old >${folder}/app.conf`,
  intact: `test "$(cat ${folder}/app.conf)" = old; test -z "$(ls -A ${folder} | grep provision)"`,
  done: `test "$(cat ${folder}/app.conf)" = new`,
})

const added = (name: string): Pick<Surrounding, 'tasks' | 'intact' | 'done'> => ({
  tasks: `
    - user: { name: ${name}, shell: /bin/sh }`,
  intact: `! id ${name} 2>/dev/null; pwck --read-only --quiet; test -z "$(ls /etc/*.lock 2>/dev/null)"; test ! -e /home/${name}`,
  done: `test -s /home/${name}/.profile; test "$(stat -c %U /home/${name} /home/${name}/.profile | uniq)" = ${name}`,
})

const installed = (name: string): Pick<Surrounding, 'tasks' | 'done'> => ({
  tasks: `
    - packages: { names: ${name} }`,
  done: `dpkg -s ${name}; test -z "$(dpkg --audit)"; test ! -e /usr/sbin/policy-rc.d`,
})

const own = replaced('/srv/own')
const big = replaced('/srv/big')
const kept = replaced('/srv/kept')
const journaled = replaced('/srv/journaled')
const frozen = replaced('/srv/frozen')
const system = replaced('/srv/system')
const nothingLeft = `test ! -e /usr/sbin/policy-rc.d; test ! -e /var/cache/apt/provision`

export const surroundings: readonly Surrounding[] = [
  {
    fault: 'disk full',
    where: 'where a file is replaced',
    ...own,
    cause: `${own.cause}; ${fill('/srv/own')}`,
    mend: empty('/srv/own'),
    says: [/\/srv\/own\/app\.conf — exit 1/, /100% \/srv\/own$/m],
  },
  {
    fault: 'disk full',
    where: 'where a long file is made from a template',
    tasks: `
    - template: { src: big.hbs, dest: /srv/big/app.conf }`,
    cause: `${big.cause}; ${fill('/srv/big')}`,
    mend: empty('/srv/big'),
    says: [/base64: write error: No space left on device/, /100% \/srv\/big$/m],
    intact: big.intact,
    done: 'test "$(wc -c </srv/big/app.conf)" -gt 65536',
  },
  {
    fault: 'disk full',
    where: 'no inode is left where a file is made',
    tasks: `
    - file: { path: /srv/inodes/app.conf, content: "new\\n" }`,
    cause: `mkdir -p /srv/inodes; mount -t tmpfs -o nr_inodes=8 none /srv/inodes; touch /srv/inodes/1 /srv/inodes/2 /srv/inodes/3 /srv/inodes/4 /srv/inodes/5 /srv/inodes/6 /srv/inodes/7`,
    mend: 'rm /srv/inodes/?',
    says: [/mktemp: failed to create file via template .*: No space left on device/],
    intact: 'test ! -e /srv/inodes/app.conf',
    done: 'test "$(cat /srv/inodes/app.conf)" = new',
  },
  {
    fault: 'disk full',
    where: 'where the host keeps its journal',
    ...journaled,
    cause: `${journaled.cause}; ${fill('/var/lib/provision')}`,
    mend: empty('/var/lib/provision'),
    says: [/100% \/var\/lib\/provision$/m, /the journal of this run cannot be written, so nothing is changed/],
  },
  {
    fault: 'disk full',
    where: 'the journal has no room for the old version',
    ...kept,
    cause: `${kept.cause}; seq 40000 >/srv/kept/app.conf; rm -f /var/lib/provision/.filler
      ${fill('/var/lib/provision')}; truncate -s -64k /var/lib/provision/.filler`,
    mend: empty('/var/lib/provision'),
    says: [/cp: error writing .*: No space left on device/, /the old version cannot be kept, so \S+ stays as it is/],
    intact: `test "$(tail -n 1 /srv/kept/app.conf)" = 40000; test "$(ls -A /srv/kept)" = app.conf`,
  },
  {
    fault: 'disk full',
    where: 'where the home of a user is made',
    ...added('late'),
    cause: fill('/home'),
    mend: empty('/home'),
    says: [/^ *Files \/etc\/skel\/\S+ and \S+ differ|^ *Only in \/etc\/skel: \S+/m, /100% \/home$/m],
  },
  {
    fault: 'disk full',
    where: 'below /etc, where a user is made',
    ...added('later'),
    cause: fill('/etc'),
    mend: empty('/etc'),
    says: [/file write error: No space left on device/, /useradd: cannot lock \/etc\/passwd; try again later\./],
  },
  {
    fault: 'disk full',
    where: 'below /var/cache/apt, where a package file is fetched to',
    tasks: `
    - packages:
        deb:
          name: acme.sh
          version: 3.1.1-1
          url: /srv/apt/pinned/acme.sh_3.1.1-1_all.deb
          sha256: bf0c474cf11669ae96dfdfc182918b8ee4b57f41532e1debdd9d127e363b0503`,
    cause: fill('/var/cache/apt'),
    mend: `${empty('/var/cache/apt')}; umount /var/cache/apt`,
    says: [/acme\.sh\.deb': No space left on device/, /cannot fetch \S+/],
    intact: `! dpkg -s acme.sh 2>/dev/null; ${nothingLeft}`,
    done: installed('acme.sh').done,
  },
  {
    fault: 'disk full',
    where: 'below /var/cache/apt, where archives are fetched to',
    ...installed('tree'),
    cause: `sed -i 's/file:/copy:/' /etc/apt/sources.list.d/*; apt-get -qq update; ${fill('/var/cache/apt', 60_000)}`,
    mend: empty('/var/cache/apt'),
    says: [/You don't have enough free space in \/var\/cache\/apt\/archives\/\.|No space left on device/],
    intact: `! dpkg -s tree 2>/dev/null; ${nothingLeft}`,
  },
  {
    fault: 'disk full',
    where: 'where a package is unpacked',
    ...installed('jq'),
    cause: fill('/usr/share/doc', 16_000),
    mend: empty('/usr/share/doc'),
    says: [
      /failed to write \(No space left on device\)/,
      /E: Sub-process \/usr\/bin\/dpkg returned an error code \(1\)/,
    ],
    intact: `! jq --version 2>/dev/null; ${nothingLeft}`,
  },
  {
    fault: 'disk full',
    where: 'below /var/lib/dpkg',
    ...installed('rsync'),
    cause: fill('/var/lib/dpkg', 16_000),
    mend: empty('/var/lib/dpkg'),
    says: [/unable to fill \/var\/lib\/dpkg\/updates\/tmp\.i with padding: No space left on device/],
    intact: `! rsync --version 2>/dev/null; ${nothingLeft}`,
  },
  {
    fault: 'read-only file system',
    where: 'where a file is replaced',
    ...frozen,
    cause: `${frozen.cause}; ${freeze('/srv/frozen')}`,
    mend: thaw('/srv/frozen'),
    says: [/mktemp: failed to create file via template .*: Read-only file system/],
  },
  {
    fault: 'read-only file system',
    where: '/etc, where a user is made',
    ...added('latest'),
    cause: freeze('/etc'),
    mend: thaw('/etc'),
    says: [/useradd: cannot lock \/etc\/passwd; try again later\./],
  },
  {
    fault: 'read-only file system',
    where: '/etc, /home, /root, /srv, /tmp and /var, as after an error of the disk',
    ...system,
    cause: `${system.cause}; mkdir -p /var/lib/provision; ${freeze('/etc', '/home', '/root', '/srv', '/tmp', '/var')}`,
    mend: thaw('/etc', '/home', '/root', '/srv', '/tmp', '/var'),
    says: [/mkdir: .*: Read-only file system/, /the journal of this run cannot be written, so nothing is changed/],
  },
]
