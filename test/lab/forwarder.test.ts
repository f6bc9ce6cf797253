import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Forwarder } from '../../src/lab/forwarder.ts'

const closers: (() => unknown)[] = []
let target: { host: string; port: number }

beforeEach(async () => {
  // Answers every line with the same line, and ends when the client does.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (chunk) => socket.write(chunk))
    socket.on('end', () => socket.end('bye'))
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  target = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
  closers.push(() => server.close())
})

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function forwarding(roundTripMilliseconds = 0): Promise<{ forwarder: Forwarder; client: Socket }> {
  const forwarder = new Forwarder({ target, roundTripMilliseconds })
  const port = await forwarder.open()
  const client = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  client.setNoDelay(true)
  await once(client, 'connect')
  closers.push(
    () => forwarder.close(),
    () => client.destroy(),
  )
  return { forwarder, client }
}

async function ask(client: Socket, text: string): Promise<string> {
  client.write(text)
  const [answer] = (await once(client, 'data')) as [Buffer]
  return answer.toString()
}

test('a question asked n times is n turns, and every byte is counted', async () => {
  const { forwarder, client } = await forwarding()
  for (const question of ['one', 'two', 'three']) assert.equal(await ask(client, question), question)
  assert.deepEqual(forwarder.traffic(), { connections: 1, bytesUp: 11, bytesDown: 11, turns: 3 })
  forwarder.reset()
  assert.equal(forwarder.traffic().turns, 0)
  await ask(client, 'four')
  assert.equal(forwarder.traffic().turns, 1)
})

test('each answer takes a round trip more', async () => {
  const { forwarder, client } = await forwarding(60)
  const began = performance.now()
  for (let question = 0; question < 3; question++) await ask(client, 'x')
  const took = performance.now() - began
  assert.ok(took >= 178 && took < 5000, `three questions took ${took} ms`)
  assert.equal(forwarder.traffic().turns, 3)
})

test('who keeps talking while answers come in has not waited', async () => {
  const { forwarder, client } = await forwarding(60)
  client.resume()
  for (let chunk = 0; chunk < 20; chunk++) {
    client.write('x')
    await sleep(10)
  }
  assert.equal(forwarder.traffic().turns, 1)
})

test('the end of one side arrives after what it said, and the other can still answer', async () => {
  const { client } = await forwarding(20)
  let heard = ''
  client.on('data', (chunk) => {
    heard += chunk
  })
  client.end('hello')
  await once(client, 'end')
  assert.equal(heard, 'hellobye')
})

test('frozen, nothing passes and nothing closes; thawed, nothing is lost', async () => {
  const { forwarder, client } = await forwarding()
  forwarder.freeze()
  let heard = ''
  client.on('data', (chunk) => {
    heard += chunk
  })
  client.write('held')
  await sleep(50)
  assert.equal(heard, '')
  assert.equal(client.destroyed, false)
  forwarder.thaw()
  await once(client, 'data')
  assert.equal(heard, 'held')
})

test('a cut breaks the connection and not the forwarder', async () => {
  const { forwarder, client } = await forwarding()
  await ask(client, 'x')
  const broken = once(client, 'error')
  forwarder.cut()
  const [error] = await broken
  assert.equal(error.code, 'ECONNRESET')
  const again = connect(forwarder.port, '127.0.0.1')
  await once(again, 'connect')
  assert.equal(await ask(again, 'y'), 'y')
  again.destroy()
})
