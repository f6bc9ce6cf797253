import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
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

export function remember(name: string, value: unknown): void {
  const file = stateFile(name)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, `${JSON.stringify(value)}\n`, { mode: 0o600 })
}
