/**
 * The one that tidies up when the owner of a lab ends without closing it: an error, Ctrl-C, or even kill -9.
 *
 * It is a sleeping shell in a session of its own (so Ctrl-C passes it by) whose input is a pipe from the owner. The
 * kernel closes that pipe whichever way the owner ends; only then does the shell become a Node that takes the lab down.
 */
import { fileURLToPath } from 'node:url'
import { start } from './execute.ts'

export interface Janitor {
  /** The lab was closed by its owner: there is nothing to tidy up. */
  dismiss(): void
}

/** Leaves the lab to a janitor from now on, until it is dismissed. */
export function leaveToJanitor(id: string): Janitor {
  const file = fileURLToPath(new URL('./janitor-process.ts', import.meta.url))
  const wait = 'read -r word; [ "$word" = closed ] || exec "$@"'
  const janitor = start(['sh', '-c', wait, 'sh', process.execPath, ...process.execArgv, file, id], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  janitor.unref()
  const pipe = janitor.stdin
  // An open pipe must not keep the owner alive: its end is what the janitor waits for.
  if (pipe && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
  return { dismiss: () => void pipe?.end('closed\n') }
}
