import type { UnreachableError } from '../core/error.ts'
import type { Ending } from './channel.ts'
import type { Side } from './frames.ts'

/** How long a shell may take to greet, in seconds: PAM and the files of a login shell may ask a directory. */
export const GREETING_SECONDS = 30

/** What a command printed before its shell greeted. */
export type Noise = { [S in Side]: string }

/** Turns the end of a command that never became a session into a message; neither code nor signal: it does not end. */
export type Explain = (ending: Ending, noise: Noise) => UnreachableError
