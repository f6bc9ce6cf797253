import { sh } from '../core/shell.ts'

/**
 * The dead-man switch, sent to a session when it is needed. What a change replaces is kept, and a timer of the host's own
 * puts it back unless a controller says over a new connection that it got in. `$p_guard/armed` is the only judge: who
 * renames it first has decided, the timer or the controller.
 *
 * As root the timer is one of systemd's, and a unit puts everything back when the host boots with a change unproven, before
 * its network is set up. For other users, and without systemd, a process of its own session waits; that one does not
 * live through a reboot.
 *
 * - `guard_begin LABEL` opens a span, or goes on with it.
 * - `guard_file PATH` keeps a file, a link, or the fact that there is nothing. The first version of a span counts.
 * - `guard_reload TEXT [BOOT_TEXT]` is run after files are back, the last given first.
 * - `guard_arm SECONDS` sets the timer, anew with every change of a span.
 * - `guard_confirm` ends it: prints `confirmed`; `applying` while the changes go on; `pending` while things are put back; or
 *   `restored` and how that went.
 * - `guard_undo` puts things back at once, and prints how that went.
 * - `guard_state`, for reads: `armed SECONDS_LEFT`, `restored …`, or nothing.
 */
export const guarding = sh`
p_guard=$p_state/guard
p_guard_unit=/etc/systemd/system/provision-guard-boot.service
p_guard_wants=/etc/systemd/system/sysinit.target.wants/provision-guard-boot.service
# A link that is kept may lead nowhere from here.
p_guard_sync() { find "$p_guard" ! -type l -exec sync -- {} +; }
p_guard_systemd() { [ "$p_uid" = 0 ] && [ -d /run/systemd/system ]; }
guard_begin() {
  if [ -e "$p_guard/armed" ]; then return; fi
  (
    umask 077
    rm -rf -- "$p_guard" && mkdir -p "$p_guard" && printf '%s\n' "$1" >"$p_guard/label" &&
      echo "$$" >"$p_guard/shell" && printf '%s\n' "$p_guard_restore" >"$p_guard/restore" && p_guard_firewall
  )
}
p_guard_firewall() {
  if command -v nft >/dev/null && [ "$p_uid" = 0 ]; then
    nft -s list ruleset >"$p_guard/ruleset" 2>/dev/null || rm -f "$p_guard/ruleset"
  fi
}
guard_file() (
  umask 077
  directory=$(cd -P -- "\${1%/*}/" 2>/dev/null && pwd -P && echo .) || exit 0
  path=\${directory%??}/\${1##*/}
  n=0
  while [ -e "$p_guard/path.$n" ]; do
    [ "$(cat "$p_guard/path.$n" && echo .)" != "$path." ] || exit 0
    n=$((n + 1))
  done
  if [ -e "$path" ] || [ -L "$path" ]; then cp -a -- "$path" "$p_guard/keep.$n" || exit; fi
  printf %s "$path" >"$p_guard/path.new" && p_guard_sync && mv "$p_guard/path.new" "$p_guard/path.$n"
)
guard_reload() (
  umask 077
  n=1000
  while [ -e "$p_guard/reload.$n" ]; do
    cmp -s "$p_guard/reload.$n" - <<END && exit 0
$1
END
    n=$((n + 1))
  done
  printf '%s\n' "\${2:-:}" >"$p_guard/boot.$n" && printf '%s\n' "$1" >"$p_guard/reload.$n"
)
guard_arm() {
  (
    umask 077
    echo "$(($(date +%s) + $1))" >"$p_guard/deadline"
    rm -f "$p_guard/applied"
    [ -e "$p_guard/armed" ] || : >"$p_guard/armed"
  ) || return
  if p_guard_systemd; then
    printf '%s\n' '[Unit]' 'Description=Put back what a change replaced that was never confirmed' DefaultDependencies=no \
      'After=local-fs.target' 'Wants=network-pre.target' \
      'Before=network-pre.target nftables.service ufw.service systemd-resolved.service shutdown.target' \
      "ConditionPathExists=$p_guard/restore" '[Service]' Type=oneshot "ExecStart=/bin/sh $p_guard/restore boot" >$p_guard_unit &&
      mkdir -p "\${p_guard_wants%/*}" && ln -sfn $p_guard_unit $p_guard_wants && sync $p_guard_unit "\${p_guard_wants%/*}" || return
    systemctl stop provision-guard.timer 2>/dev/null
    p_guard_sync && systemd-run --quiet --collect --unit=provision-guard --on-active="$1" \
      --timer-property=AccuracySec=100ms /bin/sh "$p_guard/restore"
  else
    p_guard_sync
    # A waiter of an earlier change in the same span finds a later deadline, and waits on.
    (cd / && exec setsid sh "$p_guard/restore" wait) </dev/null >/dev/null 2>&1 9>&- &
  fi
}
guard_confirm() {
  if [ -e "$p_guard/armed" ] && [ ! -e "$p_guard/applied" ]; then
    echo applying
  elif mv -T "$p_guard/armed" "$p_guard/confirmed" 2>/dev/null; then
    p_old=$(cat "$p_guard/shell")
    # What is left of the connection that made the change holds the lock, even where nobody can reach it any more.
    if [ "$p_old" != "$$" ]; then kill -KILL "$p_old" 2>/dev/null; fi
    if p_guard_systemd; then
      systemctl stop provision-guard.timer 2>/dev/null
      rm -f $p_guard_unit $p_guard_wants
    fi
    rm -rf -- "$p_guard"
    rmdir "$p_state" 2>/dev/null
    echo confirmed
  elif [ -e "$p_guard/restoring" ]; then
    echo pending
  else
    guard_state && guard_forget
  fi
}
guard_state() {
  if [ -e "$p_guard/armed" ]; then
    echo "armed $(($(cat "$p_guard/deadline") - $(date +%s)))"
  elif [ -e "$p_state/restored" ]; then
    echo restored
    cat "$p_state/restored"
  fi
}
guard_undo() {
  if [ ! -e "$p_guard/armed" ]; then
    rm -rf -- "$p_guard"
    return
  fi
  sh "$p_guard/restore"
  if p_guard_systemd; then systemctl stop provision-guard.timer 2>/dev/null; fi
  cat "$p_state/restored" && guard_forget
}
guard_forget() {
  rm -f "$p_state/restored"
  rmdir "$p_state" 2>/dev/null
  :
}
p_guard_restore=${restoring()}
`

/** The program that puts things back: by the timer, at boot (`boot`), or after waiting for itself (`wait`). */
function restoring(): string {
  return `guard=\${0%/*}
state=\${guard%/*}
cd /
umask 077
while [ "$1" = wait ] && [ -e "$guard/armed" ]; do
  left=$(($(cat "$guard/deadline") - $(date +%s)))
  [ "$left" -gt 0 ] || break
  sleep "$left"
done
# At boot a restoration goes on that lost its power; at any other time somebody is at it.
mv -T "$guard/armed" "$guard/restoring" 2>/dev/null || { [ "$1" = boot ] && [ -e "$guard/restoring" ]; } || exit 0
{
  cat "$guard/label"
  date -u '+%Y-%m-%d %H:%M:%S UTC'
  n=0
  while [ -e "$guard/path.$n" ]; do
    path=$(cat "$guard/path.$n" && echo .)
    path=\${path%.}
    directory=\${path%/*}
    if [ "$(cd -P -- "$directory/" && pwd -P)" != "\${directory:-/}" ]; then
      printf 'not put back, its directory is another one: %s\\n' "$path"
    elif [ -e "$guard/keep.$n" ] || [ -L "$guard/keep.$n" ]; then
      # In a folder of its own, which nobody else may enter: the directory may be a user's.
      own=$(mktemp -d "$directory/.provision.XXXXXXXX") && cp -a -- "$guard/keep.$n" "$own/kept" &&
        { [ ! -d "$path" ] || [ -L "$path" ] || rm -rf --one-file-system -- "$path"; } &&
        mv -fT -- "$own/kept" "$path" && printf 'put back: %s\\n' "$path"
      rm -rf -- "$own"
    elif rm -f -- "$path"; then
      printf 'removed again: %s\\n' "$path"
    fi
    n=$((n + 1))
  done
  sync
  if [ "$1" != boot ] && [ -e "$guard/ruleset" ] && ! nft -s list ruleset | cmp -s - "$guard/ruleset"; then
    if { echo 'flush ruleset' && cat "$guard/ruleset"; } | nft -f -; then echo 'put back: the rules of the firewall'; fi
  fi
  kind=reload
  if [ "$1" = boot ]; then kind=boot; fi
  for text in $(ls "$guard" | grep "^$kind\\." | sort -r); do
    sh "$guard/$text" || echo "$kind ended with status $?"
  done
} </dev/null >"$guard/log" 2>&1
mv -f "$guard/log" "$state/restored"
if [ "$(id -u)" = 0 ]; then
  rm -f /etc/systemd/system/sysinit.target.wants/provision-guard-boot.service /etc/systemd/system/provision-guard-boot.service
fi
# Gone at once: the next guard may begin as soon as this one is not there.
mv -T "$guard" "$guard.$$" && rm -rf -- "$guard.$$"
`
}
