import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** A file in the user's own state folder (XDG Base Directory Specification), never beside playbooks. */
export function stateFile(name: string): string {
  const state = process.env.XDG_STATE_HOME || join(homedir(), '.local/state')
  return join(state, 'provision', name)
}

/** What was remembered under the name; nothing where that is nothing, or cannot be read as JSON. */
export function recall(name: string): unknown {
  try {
    return JSON.parse(readFileSync(stateFile(name), 'utf8'))
  } catch {
    // Only a comparison with the time before depends on it: the next run has one again.
    return undefined
  }
}

/** Remembers it. Where there is no room for it, nothing is remembered: @returns what to say about that. */
export function remember(name: string, value: unknown): string | undefined {
  return keepState(name, `${JSON.stringify(value)}\n`)
}

/**
 * Puts a file of the state folder in its place whole; where that cannot be, the old one is gone, too, for it is not so any more.
 *
 * @returns why it cannot be.
 */
export function keepState(name: string, text: string): string | undefined {
  const file = stateFile(name)
  const temporary = `${file}.${process.pid}`
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(temporary, text, { mode: 0o600 })
    renameSync(temporary, file)
    return undefined
  } catch (error) {
    try {
      for (const path of [temporary, file]) rmSync(path, { force: true })
    } catch {
      // A folder in which nothing can be removed either: the reason is the same.
    }
    return `${file} cannot be written: ${(error as NodeJS.ErrnoException).code}`
  }
}
