import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Event } from '../../src/engine/events.ts'
import type { Lab } from '../../src/lab/lab.ts'

/** The command line under test, as it is installed. */
export const cli = join(import.meta.dirname, '../../dist/cli.js')

/** What a command printed and how it ended; events where it was asked for JSON. */
export interface Said {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  readonly events: readonly Event[]
}

/** A laptop in the lab's network: a folder of files, and the command line that users type. */
export class Controller {
  readonly folder = mkdtempSync(join(tmpdir(), 'provision-e2e-'))
  readonly lab: Lab

  constructor(lab: Lab) {
    this.lab = lab
  }

  /** In which commands run: nothing in it is of whoever runs the tests. */
  get environment(): Record<string, string> {
    return { HOME: this.folder, SSH_AUTH_SOCK: '', NO_COLOR: '1', CI: '1' }
  }

  write(name: string, text: string): string {
    const file = join(this.folder, name)
    writeFileSync(file, text)
    return file
  }

  /** Runs `provision ARGS` to its end. */
  async provision(...args: readonly string[]): Promise<Said> {
    const { status, stdout, stderr } = await this.lab.execute([process.execPath, cli, ...args], {
      environment: this.environment,
      timeoutSeconds: 300,
    })
    const events = args.includes('json')
      ? stdout
          .split('\n')
          .filter((line) => line.startsWith('{'))
          .map((line) => JSON.parse(line) as Event)
      : []
    return { status, stdout, stderr, events }
  }

  close(): void {
    rmSync(this.folder, { recursive: true })
  }
}

/** Something that changed on a host, or would. */
export interface Changed {
  /** `FILE:LINE` of its task: names may hold templates that a check cannot render yet. */
  readonly place: string
  /** `task: what`. */
  readonly text: string
}

export function changedOn(said: Said, host: string): readonly Changed[] {
  return resultsOf(said, host, ['changed', 'would change']).flatMap((event) =>
    event.changes.map(({ what }) => ({ place: placeOf(event), text: `${event.task}: ${what}` })),
  )
}

/** What changed on a host, or would: `task: what` for each change, in order. */
export function changesOf(said: Said, host: string): readonly string[] {
  return changedOn(said, host).map(({ text }) => text)
}

/** The places of the tasks about which a check said that it cannot know yet. */
export function unknownOf(said: Said, host: string): readonly string[] {
  return resultsOf(said, host, ['unknown']).map(placeOf)
}

type Result = Extract<Event, { type: 'result' }>

function resultsOf(said: Said, host: string, statuses: readonly Result['status'][]): readonly Result[] {
  return said.events
    .filter((event) => event.type === 'result')
    .filter((event) => event.host === host && statuses.includes(event.status))
}

function placeOf({ place }: Result): string {
  return `${place.file}:${place.line}`
}

/** The failures of a host, for messages of assertions. */
export function failuresOf(said: Said): string {
  return said.events
    .flatMap((event) => {
      if (event.type === 'unreachable') return [`${event.host} · ${event.stage}: ${event.message}`]
      if (event.type !== 'result' || !event.failure) return []
      return [`${event.host} · ${event.task}: ${event.failure.message}\n${event.failure.output ?? ''}`]
    })
    .concat(said.stderr)
    .join('\n')
}
