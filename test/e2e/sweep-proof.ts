/** Where resources write. */
const places = '/etc /root /srv /home /opt /usr/local /var/lib/chasquid /var/spool/cron'

/** Ahead of a run that is to be cut. */
export const beginCut = 'rm -rf /run/sweep.cut /run/sweep /tmp/tmp.*; touch /run/sweep.stamp; sleep 0.01'

/**
 * Waits until nothing of the run that was cut is at work, 10 s at most: its lock must not stay. Then keeps what it has written:
 * files that changed since /run/sweep.stamp, but certificates, which acme.sh writes itself, and
 * those of useradd, which grow by lines and have backups. Prints whether it was killed.
 */
export const endCut = `flock -w 10 /run/provision.lock true || { echo 'the lock stays' >&2; exit 1; }
if [ -e /run/sweep.cut ]; then echo killed; fi
mkdir -p /run/sweep
find ${places} -xdev -type f -cnewer /run/sweep.stamp ! -name '.provision.*' ! -path '*/.git/*' ! -path '/etc/ssl/life/*' \\
  ! -path '/etc/*group*' ! -path '/etc/passwd*' ! -path '/etc/*shadow*' ! -path '/etc/sub?id*' 2>/dev/null |
  while IFS= read -r file; do cp --parents -p -- "$file" /run/sweep/; done`

/**
 * Prints what the run after the cut has left of it: temporary files of ours, and files that were the beginning of their final
 * version only, so half written.
 */
export const fileProof = `for left in $(find ${places} /tmp /usr/sbin /var/cache/apt -xdev \\( -name '.provision.*' -o -path '/tmp/provision.????????' \\
    -o -path /var/cache/apt/provision -o -name policy-rc.d \\) 2>/dev/null); do
  echo "left: $left"
  rm -rf -- "$left"
done
find /run/sweep -type f | while IFS= read -r copy; do
  file=\${copy#/run/sweep}
  size=$(stat -c %s -- "$copy")
  if [ -f "$file" ] && [ "$size" -lt "$(stat -c %s -- "$file")" ] && cmp -s -n "$size" -- "$copy" "$file"; then
    # An old version may be the beginning of the new one: the run that was cut has kept it.
    for old in /var/lib/provision/runs/*/files/*; do cmp -s -- "$copy" "$old" && continue 2; done
    echo "half written: $file"
  fi
done`
