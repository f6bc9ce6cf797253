/**
 * What a host is like, in the things that were wanted: the same words behind every tool that did its work.
 */
import { word } from './tools/ssh.ts'
import type { Wanted } from './types.ts'

/**
 * A script for `sh` on a host, as root: a line for every wanted thing as it is there. Times, and the order of lines that tools
 * may append in any order, are left out.
 */
export function stateScript(wanted: readonly Wanted[]): string {
  return `export LC_ALL=C\n${[...new Set(wanted.map(look))].join('\n')}\n`
}

/** A script for `sh` on a host, as root: takes away what the tools made. Packages are removed, services stay as they are. */
export function resetScript(wanted: readonly Wanted[]): string {
  const names = <Kind extends 'user' | 'package'>(kind: Kind): readonly string[] => [
    ...new Set(wanted.flatMap((thing) => (thing.kind === kind ? [(thing as { name: string }).name] : []))),
  ]
  const users = names('user').map((name) => `userdel -r ${word(name)} 2>/dev/null`)
  const packages = names('package')
  const purge = `DEBIAN_FRONTEND=noninteractive apt-get purge -qq --autoremove ${packages.map(word).join(' ')} >/dev/null 2>&1`
  const keys = wanted.flatMap((thing) => (thing.kind === 'sysctl' ? [`sysctl -qw ${word(`${thing.key}=0`)}`] : []))
  const saved = keys.length > 0 ? [`sed -i '/^net\\.ipv[46]\\.conf\\.lo\\./d' ${files}`] : []
  return `rm -rf /srv/bench\n${[...users, ...(packages.length > 0 ? [purge] : []), ...keys, ...saved].join('\n')}\ntrue\n`
}

/** Where a kernel parameter may be saved; a tool has a file of its own for it. */
const files = '$(ls /etc/sysctl.conf /etc/sysctl.d/*.conf 2>/dev/null)'

function look(thing: Wanted): string {
  switch (thing.kind) {
    case 'directory':
      return `stat -c '%n %F %a %U:%G' ${word(thing.path)} 2>&1`
    case 'file':
      return `stat -c '%n %F %a %U:%G' ${word(thing.path)} 2>&1; sha256sum ${word(thing.path)} 2>&1`
    case 'line':
      return `stat -c '%n %F %a %U:%G' ${word(thing.path)} 2>&1; sort ${word(thing.path)} 2>&1 | sha256sum`
    case 'command':
      return `stat -c '%n %F %s %a %U:%G' ${word(thing.creates)} 2>&1`
    case 'user':
      return `getent passwd ${word(thing.name)} | cut -d: -f1,5-7 || echo no user ${word(thing.name)}`
    case 'package':
      return `dpkg-query -W -f '\${Package} \${Version} \${db:Status-Status}\\n' ${word(thing.name)} 2>&1`
    case 'service':
      return `echo ${word(thing.name)} "$(systemctl is-enabled ${word(thing.name)} 2>&1)" "$(systemctl is-active ${word(thing.name)} 2>&1)"`
    case 'sysctl': {
      const pattern = `s/^${thing.key.replaceAll('.', '\\.')} *= *//p`
      return `echo ${word(thing.key)} "$(sysctl -n ${word(thing.key)} 2>&1)" saved "$(sed -n ${word(pattern)} ${files} | tail -n 1)"`
    }
  }
}
