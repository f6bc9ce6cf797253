import type { Importance } from '../core/finding.ts'
import { canonicalValue, type RecordType } from './dns-record.ts'
import type { Publication } from './domain-variables.ts'

/** What becomes of other values of the same name and type. */
export type Merge =
  /** They go: the set is ours alone. */
  | 'only'
  /** They stay. */
  | 'beside'
  /** A text with the same `v=` goes. */
  | 'kind'
  /** One SPF record that allows what both allow. */
  | 'spf'
  /** They stay, and this one is not added to them. */
  | 'yield'

export interface MailRecord {
  /** Full name in lower case, a dot at its end. */
  readonly name: string
  readonly type: RecordType
  /** Canonical (see canonicalValue). */
  readonly value: string
  readonly importance: Importance
  /** What is amiss without it, in a few words. */
  readonly reason: string
  readonly merge: Merge
  /** Terms of an SPF record that have become wrong: `ip4:` and `ip6:` of hosts that serve the domain no more. */
  readonly stale?: readonly string[]
}

/** A record that belongs into a zone which is not ours. */
export interface Elsewhere {
  /** Who can publish it: `the provider of the address`. */
  readonly where: string
  /** What it is about, in short: the address of a PTR record. */
  readonly subject: string
  readonly name: string
  readonly type: RecordType
  readonly value: string
  readonly reason: string
}

export interface MailHost {
  /** Inventory name. */
  readonly host: string
  /** The one public name: PTR, HELO, MX target. */
  readonly mail_host: string
  readonly ipv4: string | null
  readonly ipv6: string | null
}

export interface DkimKey {
  readonly selector: string
  /** SubjectPublicKeyInfo in base64. */
  readonly public_key: string
}

export interface ServingHost extends MailHost {
  readonly mx_preference: number
  readonly dkim: readonly DkimKey[]
  /** Its account with the authority that issues its certificates; `ca` is the authority's name in CAA records. */
  readonly account: { readonly ca: string; readonly url: string } | null
}

export interface NamedHost extends MailHost {
  /** SHA-256 of the key of its certificate (SubjectPublicKeyInfo), in hexadecimal. */
  readonly tls_key: string | null
}

/** Everything that the records of a mail domain follow from. */
export interface MailDomain {
  readonly domain: string
  readonly publication: Publication
  /** Hosts that serve it, the first one first. */
  readonly hosts: readonly ServingHost[]
  /** Hosts whose name is in its zone, whatever they serve. */
  readonly named: readonly NamedHost[]
  /** Addresses of known hosts that do not serve it. */
  readonly strangers: readonly string[]
  /** Domains that have DMARC reports sent to addresses of this one. */
  readonly reporters: readonly string[]
  /** All hosts that may serve it are known. Otherwise what others share with it is left alone. */
  readonly complete: boolean
}

/** A record with its full name and its canonical value. */
export function finish(record: MailRecord, domain: string): MailRecord {
  const name = `${record.name.replace(/\.$/, '').toLowerCase()}.`
  return { ...record, name, value: canonicalValue(record.type, record.value, domain) }
}

/** Records of one name and type, as `dns_records` takes them. */
export interface RecordUpdate {
  readonly name: string
  readonly type: RecordType
  readonly value: readonly string[]
  readonly exact: boolean
  readonly yields: boolean
  readonly stale: readonly string[]
}

/** The records by name and type, with what becomes of others there. */
export function updatesOf(records: readonly MailRecord[]): readonly RecordUpdate[] {
  const keys = [...new Set(records.map(({ name, type }) => `${name} ${type}`))]
  return keys.map((key) => {
    const own = records.filter(({ name, type }) => `${name} ${type}` === key)
    const { name, type, merge } = own[0]!
    return {
      name,
      type,
      value: own.map(({ value }) => value),
      exact: merge === 'only',
      yields: merge === 'yield',
      stale: own.flatMap(({ stale = [] }) => stale),
    }
  })
}
