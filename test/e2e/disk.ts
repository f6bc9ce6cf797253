import { execFileSync } from 'node:child_process'

// What a login and the system's own clocks write while nobody changes anything.
const NOISE =
  /^\.\/(run|tmp|var\/(log|tmp|lib\/(systemd|dbus|lastlog|logrotate|private|ucf|apt\/(daily|periodic))|cache\/(ldconfig|man)|spool\/rsyslog|backups))(\/|$)/

/** Every entry of an overlay's upper directory with size and time of change: what was written to a host's disk. */
export function written(upper: string): readonly string[] {
  const listed = execFileSync('find', ['.', '-printf', '%p %y %s %T@ %C@\\n'], {
    cwd: upper,
    encoding: 'utf8',
    maxBuffer: 100_000_000,
  })
  return listed.split('\n').filter((line) => line !== '' && !NOISE.test(line) && !line.startsWith('. '))
}
