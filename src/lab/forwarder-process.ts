/** Runs in a process of its own inside a lab's network: a forwarder that does what its parent asks. */
import { Forwarder, type ForwarderOptions } from './forwarder.ts'
import type { Answer, Order } from './lab-forwarder.ts'

const options: ForwarderOptions = JSON.parse(process.argv[2] ?? '')
const forwarder = new Forwarder(options)

process.on('message', (order: Order) => void obey(order))
// Without its parent nobody could ever stop it.
process.on('disconnect', () => process.exit())

async function obey({ id, method, argument }: Order): Promise<void> {
  try {
    send({ id, value: await carryOut(method, argument) })
  } catch (error) {
    send({ id, error: error instanceof Error ? error.message : String(error) })
  }
}

async function carryOut(method: Order['method'], argument: number | undefined): Promise<unknown> {
  if (method === 'setRoundTrip') return forwarder.setRoundTrip(argument ?? 0)
  return await forwarder[method]()
}

function send(answer: Answer): void {
  process.send?.(answer)
}
