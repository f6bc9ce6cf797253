import ssh2, { type ParsedKey } from 'ssh2'
import { fingerprint } from './known-hosts.ts'

/** An SSH agent, reduced to some of its keys. */
export class AgentKeys extends ssh2.BaseAgent<ParsedKey> {
  readonly keys: readonly ParsedKey[]
  readonly #agent: ssh2.BaseAgent

  constructor(agent: ssh2.BaseAgent, keys: readonly ParsedKey[]) {
    super()
    this.#agent = agent
    this.keys = keys
  }

  /** The agent behind a socket; nothing where none answers, or it has no key. */
  static open(socket: string): Promise<AgentKeys | undefined> {
    const agent = ssh2.createAgent(socket)
    return new Promise((resolve) => {
      agent.getIdentities((error, keys) => {
        const usable = (keys ?? []).filter((key): key is ParsedKey => typeof key === 'object' && 'getPublicSSH' in key)
        resolve(error || usable.length === 0 ? undefined : new AgentKeys(agent, usable))
      })
    })
  }

  /** The same agent with the keys that `wanted` picks; nothing where it picks none. */
  only(wanted: (publicKey: Buffer) => boolean): AgentKeys | undefined {
    const keys = this.keys.filter((key) => wanted(key.getPublicSSH()))
    return keys.length === 0 ? undefined : new AgentKeys(this.#agent, keys)
  }

  describe(): string[] {
    return this.keys.map((key) => `agent ${key.comment || fingerprint(key.getPublicSSH())}`)
  }

  override getIdentities(callback: ssh2.IdentityCallback<ParsedKey>): void {
    callback(undefined, [...this.keys])
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: ssh2.SigningRequestOptions | ssh2.SignCallback,
    callback?: ssh2.SignCallback,
  ): void {
    if (typeof options === 'function') this.#agent.sign(key, data, options)
    else this.#agent.sign(key, data, options, callback)
  }
}
