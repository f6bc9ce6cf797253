import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { createSecureContext, createServer as createTlsServer, TLSSocket, type TlsOptions } from 'node:tls'
import type { Place } from '../../src/network/tcp.ts'

/** Starts a server on 127.0.0.1 that ends with the test. `manners` is called with each connection. */
export async function serve(test: TestContext, manners: (socket: Socket) => void, tls?: TlsOptions): Promise<Place> {
  const open = new Set<Socket>()
  const welcome = (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => undefined).on('close', () => open.delete(socket))
    manners(socket)
  }
  const server = tls ? createTlsServer(tls, welcome) : createServer(welcome)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  test.after(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

/** A port on which nothing listens: it was free a moment ago. */
export async function closedPort(): Promise<Place> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return { address: '127.0.0.1', port }
}

/**
 * A port that answers to nothing, as behind a firewall that drops: its program is stopped and accepts no connection, and
 * Linux drops what asks for one more than its queue takes (listen(2)).
 */
export async function silentPort(test: TestContext): Promise<Place> {
  const program = `
    const server = require('node:net').createServer().listen(0, '127.0.0.1', 1)
    server.on('listening', () => process.stdout.write(String(server.address().port)))`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [text] = (await once(child.stdout, 'data')) as [Buffer]
  child.kill('SIGSTOP')
  const place = { address: '127.0.0.1', port: Number(text.toString()) }
  const queue = Array.from({ length: 4 }, () => connect(place.port, place.address).on('error', () => undefined))
  test.after(() => {
    child.kill('SIGKILL')
    for (const socket of queue) socket.destroy()
  })
  await once(queue[1]!, 'connect')
  return place
}

/** What a server of SMTP says. Texts are sent as they are, with CRLF at their end. */
export interface SmtpScript {
  readonly greeting?: string
  /** To a command: its whole line, or its first word. The rest is answered with 502. */
  readonly replies?: { readonly [command: string]: string }
  /** Under TLS, in place of these. */
  readonly secured?: { readonly [command: string]: string }
  /** Answers STARTTLS, or with `implicit` every connection. */
  readonly tls?: TlsOptions
  readonly implicit?: boolean
  /** Refusals (5xx) after which it closes the connection. */
  readonly patience?: number
  /** Hears every command. */
  readonly hear?: (line: string) => void
}

/** Starts a server of SMTP that follows a script. */
export function serveSmtp(test: TestContext, script: SmtpScript): Promise<Place> {
  const { greeting = '220 mx.example.org ESMTP', tls, implicit = false } = script
  return serve(
    test,
    (socket) => {
      socket.write(`${greeting}\r\n`)
      converse(socket, script, implicit)
    },
    implicit ? tls : undefined,
  )
}

function converse(socket: Socket, script: SmtpScript, isSecure: boolean): void {
  const { replies = {}, secured = {}, tls, patience = Number.POSITIVE_INFINITY, hear } = script
  const known: { readonly [command: string]: string } = isSecure ? { ...replies, ...secured } : replies
  let text = ''
  let refusals = 0
  const onData = (chunk: Buffer) => {
    text += chunk
    for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
      const line = text.slice(0, end)
      text = text.slice(end + 2)
      hear?.(line)
      const reply = known[line] ?? known[line.split(' ')[0]!]
      if (reply === undefined && line === 'QUIT') return void socket.end('221 2.0.0 bye\r\n')
      if (reply === undefined && line === 'STARTTLS' && tls) {
        socket.off('data', onData).write('220 2.0.0 go ahead\r\n')
        const wrapped = new TLSSocket(socket, { isServer: true, ...tls, secureContext: createSecureContext(tls) })
        return converse(
          wrapped.on('error', () => undefined),
          script,
          true,
        )
      }
      const said = reply ?? '502 5.5.1 unknown command'
      if (said.startsWith('5')) refusals++
      if (refusals > patience) return void socket.end('421 4.7.0 too many errors\r\n')
      socket.write(`${said}\r\n`)
    }
  }
  socket.on('data', onData)
}
