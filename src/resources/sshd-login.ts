import { sh } from '../core/shell.ts'

/** How this session came in. */
export interface Login {
  /** Who logged in, before sudo. */
  readonly user: string
  /** By a public key, as sshd logged it; false also where that cannot be told. */
  readonly isByKey: boolean
  /** Keys in the files that sshd looks into for this user. */
  readonly keys: number
}

// What sshd looks for in AuthorizedKeysFile: %h and %u stand for home and name, other paths are relative to home.
const countKeys = sh`
count_keys() (
  count=0
  for file in $(sshd -T 2>/dev/null | sed -n 's/^authorizedkeysfile //p'); do
    file=$(printf '%s\n' "$file" | sed -e "s|%h|$2|g" -e "s|%u|$1|g")
    case $file in /*) ;; *) file=$2/$file ;; esac
    [ ! -f "$file" ] || count=$((count + $(grep -cE '^[^#]*(ssh|ecdsa|sk)-[a-z0-9@.-]+ AAAA' "$file")))
  done
  echo "$count"
)`

/**
 * Who came in, and how: `user`, `method` and `keys`. sudo clears SSH_CONNECTION, so it is looked for among the
 * processes above; the journal tells how this very connection was let in, and only what root wrote counts.
 */
export const readLogin = sh`${countKeys}
user=\${SUDO_USER:-$(id -un)}
connection=$SSH_CONNECTION process=$PPID
while [ -z "$connection" ] && [ "\${process:-0}" -gt 1 ]; do
  connection=$(tr '\0' '\n' 2>/dev/null <"/proc/$process/environ" | sed -n 's/^SSH_CONNECTION=//p')
  process=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$process/status" 2>/dev/null)
done
method=''
if [ -n "$connection" ]; then
  from=\${connection%% *}
  port=\${connection#* }
  port=\${port%% *}
  method=$(journalctl -q -o cat -r -n 1 -S -1d -g "^Accepted [^ ]+ for .* from $from port $port " _UID=0 _COMM=sshd _COMM=sshd-session 2>/dev/null |
    sed -n 's/^Accepted \([^ ]*\) for .*/\1/p')
fi
printf '%s\n' "user $user" "method $method" "keys $(count_keys "$user" "$(getent passwd "$user" | cut -d : -f 6)")"`

/** Parses an answer to `readLogin`. */
export function parseLogin(answer: string): Login {
  const values = new Map(answer.split('\n').map((line) => line.split(/ (.*)/s, 2) as [string, string]))
  return {
    user: values.get('user') ?? '',
    isByKey: values.get('method') === 'publickey',
    keys: Number(values.get('keys') ?? 0),
  }
}

/** Users other than root who have a key and may use sudo, one a line. */
export const readOtherAdministrators = sh`${countKeys}
getent passwd | while IFS=: read -r name _ number _ _ home shell; do
  case $shell in */nologin | */false) continue ;; esac
  if [ "$number" -ne 0 ] && [ "$(count_keys "$name" "$home")" -gt 0 ] && sudo -n -l -U "$name" 2>/dev/null | grep -q 'may run the following'; then
    printf '%s\n' "$name"
  fi
done`
