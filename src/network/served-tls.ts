import type { Patience } from './patience.ts'
import { openSmtp, SmtpError } from './smtp-client.ts'
import { connectTcp, type Place, type TcpFailure } from './tcp.ts'
import { type ServedTls, shakeHands, type TlsWish } from './tls.ts'

/** What a port serves. */
export type ServedOutcome =
  | { readonly outcome: 'served'; readonly served: ServedTls }
  | { readonly outcome: 'no connection'; readonly failure: TcpFailure }
  /** `isOurs`: this machine's own TLS library refuses to try. */
  | { readonly outcome: 'no tls'; readonly why: string; readonly isOurs: boolean }

/** How TLS begins: with the first byte, or after STARTTLS of SMTP. */
export type TlsBeginning = 'implicit' | 'smtp'

/** Shakes hands and leaves. It never rejects. */
export async function readServedTls(
  place: Place,
  beginning: TlsBeginning,
  wish: TlsWish,
  patience: Patience,
): Promise<ServedOutcome> {
  if (beginning === 'smtp') return afterStartTls(place, wish, patience)
  const connection = await connectTcp(place, patience)
  if (connection.outcome !== 'open') return { outcome: 'no connection', failure: connection }
  const shaken = await shakeHands(connection.socket, wish, patience)
  connection.socket.destroy()
  if (shaken.outcome === 'failed') return { outcome: 'no tls', why: shaken.why, isOurs: shaken.isOurs }
  return { outcome: 'served', served: shaken.served }
}

async function afterStartTls(place: Place, wish: TlsWish, patience: Patience): Promise<ServedOutcome> {
  try {
    const smtp = await openSmtp(place, patience)
    try {
      if (smtp.greeting.code !== 220) return noTls(`the server refuses: ${smtp.greeting.text}`)
      const { extensions, reply } = await smtp.ehlo()
      if (!extensions.has('STARTTLS')) return noTls(`STARTTLS is not offered: ${reply.text}`)
      return { outcome: 'served', served: await smtp.startTls(wish) }
    } finally {
      smtp.close()
    }
  } catch (error) {
    if (!(error instanceof SmtpError)) throw error
    if (error.tcp) return { outcome: 'no connection', failure: error.tcp }
    return noTls(error.message, error.isOurs)
  }
}

function noTls(why: string, isOurs = false): ServedOutcome {
  return { outcome: 'no tls', why, isOurs }
}
