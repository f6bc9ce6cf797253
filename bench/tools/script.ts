import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tool, Wanted } from '../types.ts'
import { sshVersion } from './floor.ts'
import { atOnce, sshConfig, word } from './ssh.ts'

/** What a good administrator writes who has one kind of host: compares before it writes, and says how much it changed. */
const functions = `set -eu
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
changed=0
did() { changed=$((changed + 1)); }
directory() {
  [ -d "$1" ] || { mkdir -- "$1"; did; }
  [ "$(stat -c %a -- "$1")" = "$2" ] || { chmod "$2" -- "$1"; did; }
}
file() {
  if printf %s "$2" | cmp -s - "$1"; then :; else
    printf %s "$2" >"$1.new"
    mv -- "$1.new" "$1"
    did
  fi
  [ "$(stat -c %a -- "$1")" = "$3" ] || { chmod "$3" -- "$1"; did; }
}
line() {
  [ -e "$1" ] || : >"$1"
  grep -qxF -- "$2" "$1" || { printf '%s\\n' "$2" >>"$1"; did; }
}
user() {
  entry=$(getent passwd "$1") || { useradd -m -s "$2" -c "$3" -- "$1"; did; return; }
  case $entry in *:"$3":*:"$2") ;; *) usermod -s "$2" -c "$3" -- "$1"; did ;; esac
}
package() {
  [ "$(dpkg-query -W -f '\${db:Status-Status}' "$1" 2>/dev/null)" = installed ] || {
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "$1" >/dev/null
    did
  }
}
service() {
  systemctl is-enabled -q "$1" || { systemctl enable -q "$1"; did; }
  systemctl is-active -q "$1" || { systemctl start "$1"; did; }
}
parameter() {
  [ "$(sysctl -n "$1")" = "$2" ] || { sysctl -qw "$1=$2"; did; }
  grep -qxF "$1 = $2" /etc/sysctl.d/60-bench.conf 2>/dev/null || { echo "$1 = $2" >>/etc/sysctl.d/60-bench.conf; did; }
}
made() { [ -e "$2" ] || { sh -c "$1"; did; }; }
`

export const script: Tool = {
  name: 'script',
  title: 'A shell script by hand, over one ssh',
  packages: ['openssh-client'],
  version: async () => sshVersion(),
  async prepare(wanted, place) {
    const config = await sshConfig(place)
    const file = join(place.folder, 'script.sh')
    await writeFile(file, `${functions}${wanted.map(call).join('\n')}\necho "changed $changed"\n`)
    const command = atOnce(place, (host) => `ssh -F ${config} ${host} sh <${file}`)
    return { ...command, unchanged: /^(?:changed 0\s*)+$/ }
  },
}

function call(thing: Wanted): string {
  switch (thing.kind) {
    case 'directory':
      return words('directory', thing.path, thing.mode.replace(/^0/, ''))
    case 'file':
      return words('file', thing.path, thing.content, thing.mode.replace(/^0/, ''))
    case 'line':
      return words('line', thing.path, thing.line)
    case 'user':
      return words('user', thing.name, thing.shell, thing.comment)
    case 'package':
      return words('package', thing.name)
    case 'service':
      return words('service', thing.name)
    case 'sysctl':
      return words('parameter', thing.key, thing.value)
    case 'command':
      return words('made', thing.run, thing.creates)
  }
}

function words(...all: readonly string[]): string {
  return all.map(word).join(' ')
}
