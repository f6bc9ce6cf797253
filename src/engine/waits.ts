import { randomBytes } from 'node:crypto'
import type { LockHolder, Session } from '../core/session.ts'

/**
 * Whom a run waits for. Every lock that it holds says so, on the hosts: of two runs that each hold what the other wants, one
 * notices and gives up.
 */
export class Waits {
  readonly #run = randomBytes(8).toString('hex')
  readonly #byHost = new Map<string, string>()
  readonly #locked = new Set<Session>()

  /** The runs that are waited for. */
  get for(): readonly string[] {
    return [...new Set(this.#byHost.values())]
  }

  /** What the locks of this run on a host are known by. */
  id(host: string): string {
    return `${this.#run}:${host}`
  }

  begin(host: string, holder: LockHolder): void {
    if (this.#byHost.get(host) === runOf(holder)) return
    this.#byHost.set(host, runOf(holder))
    this.#tell()
  }

  end(host: string): void {
    if (this.#byHost.delete(host)) this.#tell()
  }

  hold(session: Session): void {
    this.#locked.add(session)
  }

  release(session: Session): void {
    this.#locked.delete(session)
  }

  /** The inventory name under which this very run holds it; nothing: another run does. */
  ownName({ id }: LockHolder): string | undefined {
    return id.startsWith(`${this.#run}:`) ? id.slice(this.#run.length + 1) : undefined
  }

  /** Each waits for the other, and it is this run that has to give up. */
  isStuck(holder: LockHolder): boolean {
    return holder.waitsFor.includes(this.#run) && this.#run > runOf(holder)
  }

  #tell(): void {
    for (const session of this.#locked) session.waits(this.for)
  }
}

function runOf({ id }: LockHolder): string {
  return id.split(':', 1)[0] ?? ''
}
