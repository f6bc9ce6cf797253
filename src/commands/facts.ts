import { HostError } from '../core/error.ts'
import { factsQuestion, parseFacts } from '../engine/facts.ts'
import { harmlessJson } from '../report/json.ts'
import type { HostFlags } from './options.ts'
import { onEachHost } from './ping.ts'

const ID = 'provision.facts'

/** `provision facts`: the variable `host` of every host, as JSON. */
export function facts(pattern: string | undefined, flags: HostFlags): Promise<number> {
  return onEachHost(pattern, flags, async (address, connect) => {
    const connection = await connect(address)
    try {
      const session = await connection.session(flags.become ? (flags.becomeUser ?? 'root') : undefined)
      const answer = (await session.survey([{ id: ID, script: factsQuestion }])).get(ID)
      if (answer?.status !== 0) throw new HostError(`${address.name}: could not read facts`, { output: answer?.stderr })
      return harmlessJson({ [address.name]: parseFacts(answer.text) }, 2)
    } finally {
      await connection.close()
    }
  })
}
