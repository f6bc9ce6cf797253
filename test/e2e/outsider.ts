import { generateKeyPairSync } from 'node:crypto'
import { createConnection } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { authenticate } from 'mailauth'
import { dkimSign } from 'mailauth/lib/dkim/sign.js'

// Runs inside the lab's network, as `node outsider.ts forge|judge JSON`: whoever else has to do with mail there.

/** A message from somebody who has no business to send it. */
export interface Forgery {
  readonly server: string
  readonly helo: string
  readonly from: string
  readonly to: string
  readonly messageId: string
  /** Signed in the name of this domain and selector, with a key of the forger's own. */
  readonly signer?: { readonly domain: string; readonly selector: string }
}

/** What another program than ours says of a message. */
export interface SecondOpinion {
  readonly spf: string
  readonly dkim: readonly string[]
  readonly dmarc: string
}

const [, , task = '', json = '{}'] = process.argv
if (task === 'forge') await forge(JSON.parse(json) as Forgery)
if (task === 'judge') await judge(JSON.parse(json) as { ip: string; helo: string; sender: string })

/** Prints the server's replies, one a line, and stops at a refusal. */
async function forge({ server, helo, from, to, messageId, signer }: Forgery): Promise<void> {
  const fields = [`From: ${from}`, `To: ${to}`, 'Subject: Your account', `Message-ID: ${messageId}`]
  const plain = `${[...fields, `Date: ${new Date().toUTCString()}`, '', 'Click here.'].join('\r\n')}\r\n`
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  // The types ask for the key beside the list, the code for the list.
  const entry = signer && { signingDomain: signer.domain, selector: signer.selector, privateKey: key }
  const signature = entry ? (await dkimSign(plain, { ...entry, signatureData: [entry] })).signatures : ''
  const said = [`EHLO ${helo}`, `MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, 'DATA', `${signature}${plain}.`, 'QUIT']
  const socket = createConnection({ host: server, port: 25 })
  for await (const line of createInterface({ input: socket })) {
    if (/^\d{3}-/.test(line)) continue
    process.stdout.write(`${line}\n`)
    const next = /^[45]/.test(line) ? undefined : said.shift()
    if (next === undefined) break
    socket.write(`${next}\r\n`)
  }
  socket.destroy()
}

/** Prints what mailauth says of the message on standard input, by the DNS of the lab. */
async function judge(envelope: { ip: string; helo: string; sender: string }): Promise<void> {
  const raw = (await text(process.stdin)).replace(/\r?\n/g, '\r\n')
  const { spf, dkim, dmarc } = await authenticate(raw, {
    ...envelope,
    mta: 'outsider.test',
    disableArc: true,
    disableBimi: true,
  })
  const opinion: SecondOpinion = {
    spf: (spf || undefined)?.status.result ?? 'none',
    dkim: dkim.results.map(({ status }) => status.result),
    dmarc: (dmarc || undefined)?.status.result ?? 'none',
  }
  process.stdout.write(`${JSON.stringify(opinion)}\n`)
}
