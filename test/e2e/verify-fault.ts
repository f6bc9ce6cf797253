import type { JsonObject } from '../../src/core/json.ts'
import type { RecordType } from '../../src/mail/dns-record.ts'
import type { CertificateWish } from '../network/certificates.ts'
import type { LaxWish } from './lax-server.ts'

/** A mail host of the lab and the domain that it serves. */
export interface Site {
  readonly host: 'mx1' | 'mx2'
  readonly domain: string
  /** Its public name. */
  readonly server: string
  readonly ipv4: string
  readonly ipv6: string
}

/** Values of a name and type in place of those that are there; none takes them away. TXT values have quotes, names a dot at their end. */
export type Replacement = readonly [
  name: string,
  type: RecordType,
  values: readonly string[] | ((present: readonly string[]) => readonly string[]),
]

/** One way to make one thing wrong on mail hosts that are as they should be. */
export interface Fault {
  /** The kind that is found then. */
  readonly id: string
  readonly it: string
  /** Text in what mends it: the exact record or command. */
  readonly remedy: string
  /** Kinds that cannot but be found as well. */
  readonly also?: readonly string[]
  /** It is advice: the run ends well. */
  readonly isAdvice?: true
  readonly records?: readonly Replacement[]
  /** Shell text for the host. */
  readonly on?: { readonly cause: string; readonly mend: string }
  /** A certificate in place of the installed one, of the same key; the service is restarted unless it says so. */
  readonly certificate?: CertificateWish & { readonly isNotServed?: true; readonly isUntrusted?: true }
  /** A server in the place of chasquid. */
  readonly lax?: LaxWish
  /** Variables of the command line: for all hosts, so that nothing else is wrong in the same run. */
  readonly variables?: JsonObject
}

/** One that can be caused on either host, or on one of them only. */
export interface FaultOf {
  readonly only?: Site['host']
  at(site: Site): Fault
}

export const anywhere = (at: (site: Site) => Fault): FaultOf => ({ at })
