import type { Answer } from '../core/session.ts'
import { type Script, sh } from '../core/shell.ts'

/** What a guarded change of an earlier run left behind that nobody confirmed (host/protocol-guard.ts). */
export type Unproven =
  | { readonly state: 'armed'; readonly seconds: number }
  | { readonly state: 'restored'; readonly text: string }

/**
 * Asks whether such a change waits to be put back, or was put back and nobody was told.
 *
 * @param tell the host forgets it with the answer.
 */
export function unprovenQuestion(tell: boolean): Script {
  return sh`if [ -e "$p_state/guard/armed" ]; then
  echo "armed $(($(cat "$p_state/guard/deadline") - $(date +%s)))"
elif [ -e "$p_state/guard/restoring" ]; then
  echo armed 1
elif [ -e "$p_state/restored" ]; then
  echo restored
  cat "$p_state/restored"
  ${tell ? sh`rm -f "$p_state/restored"; rmdir "$p_state" 2>/dev/null || :` : sh`:`}
fi`
}

export function unprovenIn(answer: Answer | undefined): Unproven | undefined {
  const [first = '', ...rest] = (answer?.text ?? '').trimEnd().split('\n')
  if (first.startsWith('armed')) return { state: 'armed', seconds: Number(first.slice('armed '.length)) }
  return first === 'restored' ? { state: 'restored', text: rest.join('\n') } : undefined
}

/** `mx1 put back a change … that no new connection confirmed`, with what it put back. */
export function describeRestored(text: string): string {
  const [task = '', time = '', ...rest] = text.split('\n')
  return [
    `at ${time} this host put back what ${task} had changed, because no new connection confirmed it`,
    ...rest,
  ].join('\n  ')
}
