import { evaluateDmarc } from '../mail/dmarc.ts'
import type { DnsAnswer, DnsClient } from '../mail/dns-answer.ts'
import { domainOf, type Explanation } from '../mail/explain-message.ts'
import type { CheckedMessage, CheckedPtr, CheckedSignature } from '../mail/message-findings.ts'
import { reverseName } from '../mail/reverse-name.ts'
import { evaluateSpf } from '../mail/spf-evaluate.ts'

/**
 * Checks a message as a receiver would, by DNS as it is now: the DKIM signatures, SPF and the PTR name for the address
 * that it came from, and DMARC.
 *
 * @param raw the message as it arrived; LF at line ends counts as CRLF.
 * @param explanation what its header says (`explainMessage`): the address, EHLO and MAIL FROM are taken from there.
 */
export async function authenticate(raw: Buffer, explanation: Explanation, client: DnsClient): Promise<CheckedMessage> {
  const { arrival, sender = '', from } = explanation
  const address = arrival?.address
  const helo = arrival?.helo ?? ''
  const [dkim, spf, ptr] = await Promise.all([
    checkSignatures(raw, client),
    address === undefined ? undefined : evaluateSpf({ ip: address, sender, helo, client }),
    address === undefined ? undefined : lookUpPtr(address, client),
  ])
  const spfDomain = sender === '' ? helo : domainOf(sender)
  const dmarc =
    from === undefined
      ? undefined
      : await evaluateDmarc({
          fromDomain: domainOf(from),
          spf: { result: spf?.result ?? 'none', domain: spfDomain },
          dkim,
          client,
        })
  return { dkim, ...(spf && { spf }), ...(dmarc && { dmarc }), ...(ptr && { ptr }) }
}

/** The DKIM signatures of a message (RFC 6376 section 6), by the keys that `client` finds. */
export async function checkSignatures(raw: Buffer, client: DnsClient): Promise<readonly CheckedSignature[]> {
  // The whole package would load a JSON validator, an HTTP client and an XML parser.
  const { default: verify } = await import('mailauth/lib/dkim/verify.js')
  const { results } = await verify.dkimVerify(withCrlf(raw), { resolver: keyResolver(client) })
  return results
    .filter(({ signingDomain }) => Boolean(signingDomain))
    .map(({ signingDomain, selector = '', status }) => {
      const reason = status.comment ?? status.policy?.['dkim-rules']
      return {
        domain: signingDomain.toLowerCase(),
        selector,
        result: resultOf(status.result, reason),
        ...(status.result !== 'pass' && reason !== undefined && { reason }),
      }
    })
}

/** Our client as mailauth asks for keys: as node:dns does, errors included. */
function keyResolver(client: DnsClient): (name: string) => Promise<string[][]> {
  return async (name) => {
    const answer = await client.ask(name, 'TXT')
    if (answer.status === 'found') return answer.records.map(({ value }) => [value])
    throw Object.assign(new Error(answer.error ?? answer.status), { code: CODES[answer.status] })
  }
}

const CODES = { 'no data': 'ENODATA', 'no name': 'ENOTFOUND', failed: 'ESERVFAIL' } as const

/** Whether the sending address has a name, and the name that address (RFC 8601 section 2.7.3, `iprev`). */
async function lookUpPtr(address: string, client: DnsClient): Promise<CheckedPtr> {
  const type = address.includes(':') ? 'AAAA' : 'A'
  const pointers = await client.ask(reverseName(address), 'PTR')
  if (pointers.status === 'failed') return { names: [], confirmed: [], error: errorOf(pointers) }
  const names = pointers.records.map(({ value }) => value.replace(/\.$/, ''))
  const answers = await Promise.all(names.map(async (name) => ({ name, answer: await client.ask(name, type) })))
  const confirmed = answers
    .filter(({ answer }) => answer.records.some(({ value }) => value === address))
    .map(({ name }) => name)
  const failed = answers.find(({ answer }) => answer.status === 'failed')
  if (confirmed.length === 0 && failed) return { names, confirmed, error: errorOf(failed.answer) }
  return { names, confirmed }
}

function errorOf({ error = 'DNS failed' }: DnsAnswer): string {
  return error
}

// mailauth says `neutral` for what RFC 8601 section 2.7.1 calls fail (the message was changed) and permerror (no key).
function resultOf(result: string, reason: string | undefined): CheckedSignature['result'] {
  if (result === 'pass' || result === 'fail' || result === 'policy' || result === 'permerror') return result
  if (result === 'temperror') return result
  return reason === 'body hash did not verify' ? 'fail' : 'permerror'
}

function withCrlf(raw: Buffer): Buffer {
  return Buffer.from(raw.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')
}
