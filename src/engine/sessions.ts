import type { Session } from '../core/session.ts'
import type { HostAddress } from '../core/task.ts'

/** A host that was reached; sessions of several users share the connection. */
export interface Connection {
  session(become?: string): Promise<Session>
  close(): Promise<void>
}

export type Connect = (address: HostAddress) => Promise<Connection>

/** The connection to one host and the sessions of its users, opened when they are wanted first. */
export class Sessions {
  readonly #address: HostAddress
  readonly #connect: Connect
  readonly #open = new Map<string, Promise<Session>>()
  #connection: Promise<Connection> | undefined

  constructor(address: HostAddress, connect: Connect) {
    this.#address = address
    this.#connect = connect
  }

  get isConnected(): boolean {
    return this.#connection !== undefined
  }

  /** @param become the user to become; nothing: the login user. */
  of(become: string | undefined): Promise<Session> {
    const key = become ?? ''
    const known = this.#open.get(key)
    if (known) return known
    this.#connection ??= this.#connect(this.#address)
    const opened = this.#connection.then((connection) => connection.session(become))
    this.#open.set(key, opened)
    return opened
  }

  /** Lets a session that could not be opened be tried again. */
  forget(become: string): void {
    this.#open.delete(become)
  }

  /** Goes on over another connection, in which a session of this user is open already. @returns the end of the old one. */
  adopt(connection: Connection, become: string | undefined, session: Session): Promise<void> {
    // Nobody answers any more where the connection is dead, and its shells are ended where it is not.
    this.each((open) => open.kill())
    const old = this.close()
    this.#connection = Promise.resolve(connection)
    this.#open.set(become ?? '', Promise.resolve(session))
    return old
  }

  each(act: (session: Session) => void): void {
    for (const session of this.#open.values()) {
      // A session that could not be opened is reported where it is used.
      session.then(act, () => undefined)
    }
  }

  async close(): Promise<void> {
    const connection = this.#connection
    this.#connection = undefined
    this.#open.clear()
    // A connection that never came about has been reported already.
    const open = await connection?.catch(() => undefined)
    await open?.close()
  }
}
