import type { Session } from '../../core/session.ts'
import type { Connect, Connection } from '../../engine/sessions.ts'

/** Lets two runs, one after the other, share connections. */
export interface KeptOpen {
  /** Of the first run: its sessions end with it, its connections stay. */
  readonly first: Connect
  /** Of the second run: it takes those connections over, and ends them. */
  readonly second: Connect
  /** Ends what no second run took over. */
  close(): Promise<void>
}

export function keepOpen(connect: Connect): KeptOpen {
  const kept = new Map<string, Connection>()
  return {
    async first(address) {
      const connection = await connect(address)
      await kept.get(address.name)?.close()
      kept.set(address.name, connection)
      const sessions: Session[] = []
      return {
        session: async (become) => {
          const session = await connection.session(become)
          sessions.push(session)
          return session
        },
        close: async () => {
          await Promise.all(sessions.map((session) => session.close()))
        },
      }
    },
    async second(address) {
      const connection = kept.get(address.name)
      kept.delete(address.name)
      return connection ?? connect(address)
    },
    async close() {
      await Promise.all([...kept.values()].map((connection) => connection.close()))
      kept.clear()
    },
  }
}
