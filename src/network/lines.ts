import type { Socket } from 'node:net'
import { describeSilence, type Patience, wait } from './patience.ts'

/** Why there is no further line, in words. */
export class LineError extends Error {}

/** Reads a connection line by line. */
export interface LineReader {
  /**
   * The next line, without its end.
   *
   * @throws {LineError} when none comes.
   */
  next(): Promise<string>
  /** What has come and was not read yet. */
  pending(): string
  /** Leaves the socket to somebody else. */
  release(): void
}

/** Eight times what SMTP allows (RFC 5321 section 4.5.3.1.5). */
const longest = 4096

export function readLines(socket: Socket, patience: Patience): LineReader {
  let bytes = Buffer.alloc(0)
  let ended: string | undefined
  let wake = () => {}

  const onData = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    // What nobody reads must not fill the memory.
    if (bytes.length > longest) socket.pause()
    wake()
  }
  const onEnd = () => {
    ended ??= 'the connection was closed'
    wake()
  }
  const onError = (error: NodeJS.ErrnoException) => {
    ended ??= `the connection was cut (${error.code ?? error.message})`
    wake()
  }
  socket.on('data', onData).on('error', onError).on('end', onEnd).on('close', onEnd)

  const takeLine = (): string | LineError | undefined => {
    const end = bytes.indexOf(0x0a)
    if (end >= 0) {
      const line = bytes.subarray(0, end).toString('utf8').replace(/\r$/, '')
      bytes = bytes.subarray(end + 1)
      socket.resume()
      return line
    }
    if (bytes.length > longest) return new LineError(`a line has more than ${longest} bytes`)
    return ended === undefined ? undefined : new LineError(ended)
  }
  return {
    async next() {
      const line = await wait<string | LineError>(
        patience,
        (end) => {
          const look = () => {
            const found = takeLine()
            if (found !== undefined) end(found)
          }
          wake = look
          look()
          return () => {
            wake = () => {}
          }
        },
        (reason) => new LineError(describeSilence(patience, reason)),
      )
      if (typeof line === 'string') return line
      throw line
    },
    pending: () => bytes.toString('utf8'),
    release() {
      socket.off('data', onData).off('error', onError).off('end', onEnd).off('close', onEnd).pause()
    },
  }
}
