import { CommanderError } from 'commander'
import { HostError, InputError, type Problem, UnreachableError } from '../core/error.ts'
import { formatProblems } from '../input/frame.ts'
import { visible } from '../report/text.ts'
import { ExitCode } from './exit-code.ts'
import { UsageError } from './options.ts'
import { shortPath } from './package-root.ts'

// A screenful; the rest is counted.
const MOST_PROBLEMS = 20

/** What to print for an error that ended a command, and the exit code. Only our own mistakes show a stack. */
export function describeError(error: Error): { readonly text: string; readonly code: number } {
  const { text, code } = describe(error)
  // What a host or a file said may be part of it.
  return { text: visible(text), code }
}

function describe(error: Error): { readonly text: string; readonly code: number } {
  // commander has printed its message already; help and version are no errors.
  if (error instanceof CommanderError) return { text: '', code: error.exitCode === 0 ? ExitCode.done : ExitCode.usage }
  if (error instanceof InputError)
    return { text: `${formatProblems(error.problems.map(shorten), MOST_PROBLEMS)}\n`, code: ExitCode.usage }
  if (error instanceof UsageError) return { text: withHint(error), code: ExitCode.usage }
  if (error instanceof UnreachableError) return { text: withHint(error), code: ExitCode.unreachable }
  if (error instanceof HostError) return { text: withHint(error), code: ExitCode.failed }
  return {
    text: `This is a mistake in provision, not in what you wrote. Please report it:\n${error.stack}\n`,
    code: ExitCode.failed,
  }
}

function shorten(problem: Problem): Problem {
  const { place } = problem
  return place ? { ...problem, place: { ...place, file: shortPath(place.file) } } : problem
}

function withHint({ message, hint }: { readonly message: string; readonly hint: string | undefined }): string {
  return `${message}\n${hint === undefined ? '' : `  ${hint}\n`}`
}
