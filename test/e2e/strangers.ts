import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

// Runs inside the lab's network, as `node strangers.ts ADDRESS`: servers that are not what a user hoped for.

/** What each port says to whoever connects. */
const greetings = new Map([
  [2525, '220 mx1.example.org ESMTP\r\n'],
  [2526, 'Installation in progress, please wait\r\n'],
])

const address = process.argv[2] ?? ''
for (const [port, greeting] of greetings) {
  const server = createServer((socket) => {
    // The other side hangs up as soon as it has read this.
    socket.on('error', () => socket.destroy())
    socket.write(greeting)
  })
  await new Promise<void>((resolve) => server.listen(port, address, resolve))
}

/** A name server (RFC 1035) that knows no name: each question comes back with NXDOMAIN, without its other records. */
const names = createSocket('udp4')
names.on('message', (question, { port, address: client }) => {
  let end = 12
  while (question[end]) end += (question[end] ?? 0) + 1
  const answer = Buffer.from(question.subarray(0, end + 5))
  answer.writeUInt16BE(0x8183, 2)
  answer.fill(0, 6, 12)
  names.send(answer, port, client)
})
await new Promise<void>((resolve) => names.bind(53, '127.0.0.1', resolve))
process.stdout.write('ready\n')
