import { sh } from '../core/shell.ts'

/**
 * How long the watcher on a host sleeps, in seconds. Silence all through one sleep ends the session, so a lost controller is
 * noticed after 90 to 180 s: later than the controller has given up itself (three keepalives), and long before sshd would,
 * which finds out from TCP keepalives after two hours (tcp(7), tcp_keepalive_time).
 */
const SILENCE_SECONDS = 90

/**
 * Watches over the controller of a session that may hold the lock or change something. A controller that loses its network,
 * or falls asleep, ends no connection: the main shell would wait for its next line, with all that it has started.
 *
 * - `p_beat` is the sign of life. While a stream runs the main shell waits for lines, so beats arrive at any time.
 * - `p_busy` says that the main shell is about to do something itself, as long as that may take: until the next beat,
 *   silence means nothing.
 *
 * The watcher is one shell that waits for one `sleep`; a beat is a signal, which forks nothing. A signal that came before its
 * traps would end it, or be lost: it closes its output once they are set, and until then the main shell waits for its number.
 */
export const watching = sh`
p_beat() { kill -USR1 "$p_watcher" 2>/dev/null; }
p_busy() { kill -USR2 "$p_watcher" 2>/dev/null; }
p_watcher=$(
  (
    p_sleep=
    p_does=
    trap 'p_heard=1 p_does=' USR1
    trap 'p_does=1' USR2
    trap 'kill "$p_sleep"; exit' TERM
    exec >/dev/null
    while :; do
      p_heard=
      sleep ${SILENCE_SECONDS} &
      p_sleep=$!
      while kill -0 "$p_sleep"; do wait "$p_sleep"; done
      kill -0 $$ || exit
      if [ -z "$p_heard$p_does" ]; then
        trap '' TERM
        kill -TERM 0
        exit
      fi
    done
  ) </dev/null 2>/dev/null 9>&- &
  echo $!
)
`

/** Ends the watcher: it must not outlive the session, for daemons that changes have started share its process group. */
export const unwatching = sh`kill "$p_watcher" 2>/dev/null`
