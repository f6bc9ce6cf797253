/** One way to make something wrong about a running chasquid, and back. Shell text, run on a finished mail host. */
export interface ChasquidCause {
  /** The kind that `chasquid_running` finds then, and no other. */
  readonly id: string
  readonly it: string
  readonly cause: string
  readonly mend: string
  readonly remedy: RegExp
}

// systemd refuses a sixth start within ten seconds, however good its reasons.
const allow = 'systemctl reset-failed chasquid-submission.socket chasquid.service'
const restart = `${allow}; systemctl restart chasquid-submission.socket chasquid.service`
const dropIn = '/etc/systemd/system/chasquid-submission.socket.d/cause.conf'
const configuration = '/etc/chasquid/chasquid.conf'
const greets = `until bash -c 'exec 3<>/dev/tcp/127.0.0.1/25 && read -r line <&3' 2>/dev/null; do sleep 0.05; done`

export const chasquidCauses: readonly ChasquidCause[] = [
  {
    id: 'chasquid-unstable',
    it: 'a daemon that was killed, and that systemd started again',
    cause: `systemctl kill --signal=KILL chasquid.service
until [ "$(systemctl show -p NRestarts --value chasquid.service)" = 1 ] && systemctl is-active --quiet chasquid.service; do sleep 0.05; done`,
    mend: `${allow}; systemctl restart chasquid.service; ${greets}`,
    remedy: /^journalctl -u chasquid/,
  },
  {
    id: 'chasquid-deaf',
    it: 'a socket that was opened for IPv4 alone',
    cause: `mkdir -p $(dirname ${dropIn})
printf '[Socket]\\nListenStream=\\nListenStream=0.0.0.0:587\\n' >${dropIn}
systemctl daemon-reload
systemctl stop chasquid-submission.socket chasquid.service
${restart}; ${greets}`,
    mend: `rm -r $(dirname ${dropIn}); systemctl daemon-reload; systemctl stop chasquid-submission.socket chasquid.service; ${restart}; ${greets}`,
    remedy: /^systemctl restart chasquid-submission\.socket chasquid\.service$/,
  },
  {
    id: 'chasquid-greeting',
    it: 'a daemon that still has an old configuration',
    cause: `cp -p ${configuration} /run/chasquid.conf
sed -i 's/^hostname: .*/hostname: "old.alpha.test"/' ${configuration}
${allow}; systemctl restart chasquid.service; ${greets}
cp -p /run/chasquid.conf ${configuration}`,
    mend: `${allow}; systemctl restart chasquid.service; ${greets}`,
    remedy: /^systemctl restart chasquid$/,
  },
  {
    id: 'chasquid-errors',
    it: 'a message in the queue that cannot be read',
    cause: `echo nonsense >/var/lib/chasquid/queue/m:cause; ${allow}; systemctl restart chasquid.service; ${greets}`,
    mend: `rm /var/lib/chasquid/queue/m:cause; ${allow}; systemctl restart chasquid.service; ${greets}`,
    remedy: /^journalctl -u chasquid/,
  },
]
