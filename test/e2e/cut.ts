import type { Frame, Session, Step } from '../../src/core/session.ts'
import { type Script, sh } from '../../src/core/shell.ts'
import type { Connect } from '../../src/engine/sessions.ts'

// Where runs are cut: at each word that a host says about its changes, and ahead of each command of a change.

/** Reaches hosts as `connect` does, and calls `onFrame` with each frame but output, before the engine sees it. */
export function watched(connect: Connect, onFrame: (frame: Frame) => void): Connect {
  return throughStreams(connect, (session, steps, onEach) =>
    session.stream(steps, (frame) => {
      if (frame.type !== 'output') onFrame(frame)
      onEach(frame)
    }),
  )
}

/** Which process is killed: the shell that works, the main shell that reads our lines, or both with all that they started. */
export type Victim = 'worker' | 'main shell' | 'process group'

/** Programs that changes call. A name with a hyphen is no name of a function. */
const programs =
  'awk base64 cat chgrp chmod chown chpasswd cp curl date dd dpkg find gpasswd grep groupadd groupdel groupmod head hostnamectl id install ip ln loginctl mkdir mktemp mv netplan nft passwd readlink rm rmdir sed sha256sum stat sync sysctl systemctl tail tar tee timedatectl touch ufw useradd userdel usermod'

/**
 * Reaches hosts as `connect` does, but SIGKILL hits the victim ahead of the n-th command of the n-th change, or ahead of the
 * change itself where `command` is 0. Counted on the host: nothing lies between.
 */
export function killing(connect: Connect, at: { change: number; command: number; victim: Victim }): Connect {
  let changes = 0
  return throughStreams(connect, (session, steps, onFrame) =>
    session.stream(
      steps.map((step) => ({
        ...step,
        changes: step.changes.map((change) => (changes++ === at.change ? lethal(change, at) : change)),
      })),
      onFrame,
    ),
  )
}

function lethal(change: Script, { command, victim }: { command: number; victim: Victim }): Script {
  const target = { worker: sh`"$sweep_worker"`, 'main shell': sh`"$$"`, 'process group': sh`0` }[victim]
  // /proc/self is whoever opens it, and the shell does that itself: the parent of a change's shell is the one that works.
  const prologue = sh`read -r _ _ _ sweep_worker _ </proc/self/stat
sweep_left=${command}
sweep_cut() {
  [ "$sweep_left" = 0 ] || sweep_left=$((sweep_left - 1))
  if [ "$sweep_left" = 0 ]; then
    sweep_left=-1
    : >/run/sweep.cut
    kill -KILL ${target}
  fi
}`
  if (command === 0)
    return sh`${prologue}
sweep_cut
${change}`
  return sh`${prologue}
for sweep_name in ${programs.split(' ')}; do
  eval "$sweep_name() { sweep_cut; command $sweep_name \"\$@\"; }"
done
${change}`
}

type StreamCall = (
  session: Session,
  steps: readonly Step[],
  onFrame: (frame: Frame) => void,
) => ReturnType<Session['stream']>

function throughStreams(connect: Connect, stream: StreamCall): Connect {
  return async (host) => {
    const reached = await connect(host)
    return {
      close: () => reached.close(),
      session: async (become) => {
        const session = await reached.session(become)
        return new Proxy(session, {
          get(inner, name) {
            if (name === 'stream') {
              return (steps: readonly Step[], onFrame: (frame: Frame) => void) => stream(inner, steps, onFrame)
            }
            const value = Reflect.get(inner, name, inner) as unknown
            return typeof value === 'function' ? (value.bind(inner) as unknown) : value
          },
        })
      },
    }
  }
}
