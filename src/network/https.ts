import { type IncomingMessage, request } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { DnsClient } from '../mail/dns-answer.ts'
import { coversName } from '../mail/name-pattern.ts'
import { findAddresses } from './addresses.ts'
import { clientInTime } from './in-time.ts'
import { describeSilence, type Patience, wait } from './patience.ts'
import { connectTcp } from './tcp.ts'
import { describeDistrust, shakeHands } from './tls.ts'

export interface HttpsOptions extends Patience {
  /** Finds the addresses of hosts. */
  readonly resolver: DnsClient
  /** Connects there, whatever addresses the host has. */
  readonly address?: string | undefined
  /** PEM text of certificates that are trusted besides the public ones. */
  readonly ca?: string | undefined
  /** How many redirects are followed; usually none. */
  readonly redirects?: number
  /** Most bytes that a body may have. */
  readonly limit?: number
}

export type HttpsOutcome =
  | {
      readonly outcome: 'answered'
      /** Where the answer came from, after redirects. */
      readonly url: string
      readonly status: number
      /** Media type without parameters, in lower case. */
      readonly type: string
      /** Where it sends to (3xx). */
      readonly location: string | undefined
      readonly body: string
    }
  /** `isOurs`: this machine could not even ask. */
  | { readonly outcome: 'failed'; readonly why: string; readonly isOurs: boolean }

type Failed = Extract<HttpsOutcome, { readonly outcome: 'failed' }>

/**
 * GET over HTTPS, with a certificate that has to be valid. It never rejects; a status that says no is an answer, too.
 *
 * @param url `https://…`, by host name.
 */
export async function getHttps(url: URL, options: HttpsOptions): Promise<HttpsOutcome> {
  const outcome = await getOnce(url, options)
  const { redirects = 0 } = options
  if (outcome.outcome === 'failed' || outcome.location === undefined || redirects === 0) return outcome
  if (!URL.canParse(outcome.location, url.href)) return fail(`${url.host} sends to ${JSON.stringify(outcome.location)}`)
  const next = new URL(outcome.location, url)
  if (next.protocol !== 'https:') return fail(`${url.host} sends to ${next.href}, which is not https`)
  return getHttps(next, { ...options, redirects: redirects - 1 })
}

async function getOnce(url: URL, options: HttpsOptions): Promise<HttpsOutcome> {
  const connection = await connect(url, options)
  if ('outcome' in connection) return connection
  const { limit = 65_536 } = options
  const outcome = await wait<HttpsOutcome>(
    options,
    (end) => {
      const asked = request({
        createConnection: () => connection,
        path: `${url.pathname}${url.search}`,
        headers: { host: url.host, accept: '*/*', connection: 'close' },
      })
      asked.once(
        'response',
        (response) => void read(response, limit).then((body) => end(describe(url, response, body))),
      )
      asked.once('error', (error) => end(fail(`${url.host} answers with no HTTP: ${error.message}`)))
      asked.end()
      return undefined
    },
    (reason) => fail(`${url.host}: ${describeSilence(options, reason)}`, reason === 'left'),
  )
  connection.destroy()
  return outcome
}

async function connect(url: URL, options: HttpsOptions): Promise<TLSSocket | Failed> {
  // The URL parser puts IPv6 addresses in brackets.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const found = options.address
    ? { addresses: [options.address] }
    : await findAddresses(host, 'any', clientInTime(options.resolver, options.signal))
  if (found.missing) return { outcome: 'failed', ...found.missing }
  const port = Number(url.port || 443)
  const failures: Failed[] = []
  for (const address of found.addresses) {
    const opened = await connectTcp({ address, port }, options)
    if (opened.outcome !== 'open') {
      failures.push(fail(`${address} port ${port}: ${opened.why}`, opened.outcome === 'failed'))
      continue
    }
    const servername = host === url.hostname && !/^[\d.]+$/.test(host) ? host : undefined
    const shaken = await shakeHands(opened.socket, { servername, ca: options.ca }, options)
    if (shaken.outcome === 'failed') {
      opened.socket.destroy()
      return fail(`${url.host}: ${shaken.why}`, shaken.isOurs)
    }
    const { certificate, distrust } = shaken.served
    if (distrust === undefined && coversName(certificate.names, host)) return shaken.socket
    shaken.socket.destroy()
    return fail(
      distrust === undefined
        ? `the certificate of ${url.host} is for ${certificate.names.join(', ') || 'no name'}`
        : `the certificate of ${url.host} is not trusted: ${describeDistrust(shaken.served)}`,
    )
  }
  return fail(
    failures.map(({ why }) => why).join('; '),
    failures.every(({ isOurs }) => isOurs),
  )
}

async function read(response: IncomingMessage, limit: number): Promise<Buffer | Failed> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      length += chunk.length
      if (length > limit) return fail(`the answer has more than ${limit} bytes`)
    }
  } catch (error) {
    return fail(`the answer ends early: ${error instanceof Error ? error.message : error}`)
  }
  return Buffer.concat(chunks)
}

function describe(url: URL, { statusCode = 0, headers }: IncomingMessage, body: Buffer | Failed): HttpsOutcome {
  if (!Buffer.isBuffer(body)) return body
  return {
    outcome: 'answered',
    url: url.href,
    status: statusCode,
    type: (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase(),
    location: statusCode >= 300 && statusCode < 400 ? headers.location : undefined,
    body: body.toString('utf8'),
  }
}

function fail(why: string, isOurs = false): Failed {
  return { outcome: 'failed', why, isOurs }
}
