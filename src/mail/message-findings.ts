import type { FindingKind } from '../core/finding.ts'
import type { DmarcResult } from './dmarc.ts'
import type { SpfResult } from './spf-evaluate.ts'

/** What can be wrong with a message that arrived. */
export const messageKinds = {
  'message-not-encrypted': {
    importance: 'required',
    summary: 'The message crossed the network without TLS; with a version that is broken it is advice',
    remedy: 'See in `journalctl -u chasquid` of the sending host why it did without',
  },
  'message-over-ipv4': {
    importance: 'optional',
    summary: 'The message came over IPv4',
    remedy:
      'ipv6: { address: "ADDRESS/64" } in the inventory, with AAAA and PTR records. A receiver without AAAA record is reached over IPv4 only',
  },
  'message-ptr-wrong': {
    importance: 'required',
    summary: 'The sending address has no PTR name that leads back to it; another name than EHLO says is advice',
    remedy: 'Set the PTR record to the name of the mail host, at the provider of the host',
  },
  'message-spf-failed': {
    importance: 'required',
    summary: 'SPF does not allow the sending address',
    remedy: 'Add the address to the SPF record of the domain',
  },
  'message-dkim-failed': {
    importance: 'required',
    summary: 'The message has no valid DKIM signature',
    remedy: 'Publish the DKIM record that belongs to the key on the host',
  },
  'message-dmarc-failed': {
    importance: 'required',
    summary: 'Neither SPF nor DKIM speaks for the domain in From; that it has no DMARC record is advice',
    remedy: 'Send with MAIL FROM and DKIM signature of the domain in From',
  },
} as const satisfies Record<string, FindingKind>

/** What our own look at a message brought. */
export interface CheckedMessage {
  readonly spf?: Pick<SpfResult, 'result' | 'reason'>
  readonly dkim: readonly CheckedSignature[]
  readonly dmarc?: Pick<DmarcResult, 'result' | 'reason'>
  readonly ptr?: CheckedPtr
}

export interface CheckedSignature {
  readonly domain: string
  readonly selector: string
  /** RFC 8601 section 2.7.1. */
  readonly result: 'pass' | 'fail' | 'policy' | 'permerror' | 'temperror'
  /** Why it does not pass. */
  readonly reason?: string
}

export interface CheckedPtr {
  /** PTR names of the sending address. */
  readonly names: readonly string[]
  /** Those of them that have the address. */
  readonly confirmed: readonly string[]
  /** Why DNS could not be asked. */
  readonly error?: string
}
