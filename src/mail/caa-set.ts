import { parseTxt } from './txt.ts'

/** What a CA wants to do: a certificate for names, or for wildcards too. */
export type CaaTag = 'issue' | 'issuewild'

/** Who asks for a certificate. */
export interface CaaRequest {
  /** The CA's name in CAA records: `letsencrypt.org`. */
  readonly authority: string
  /** The account there (RFC 8657 section 3). */
  readonly account?: string | undefined
}

interface Property {
  readonly critical: boolean
  readonly tag: string
  readonly value: string
}

/** Known to every CA that issues for web and mail servers, or without meaning for them. */
const knownTags = ['issue', 'issuewild', 'issuemail', 'issuevmc', 'iodef', 'contactemail', 'contactphone']

/**
 * Whether a set of CAA records lets somebody have a certificate by DNS-01 (RFC 8659 sections 4.2 and 4.3, RFC 8657).
 *
 * @param values as `canonicalValue` has them: `0 issue "letsencrypt.org"`.
 */
export function allowsIssue(values: readonly string[], tag: CaaTag, request: CaaRequest): boolean {
  const properties = values.map(parseCaa)
  if (properties.some((one) => one.critical && !knownTags.includes(one.tag))) return false
  const named = (name: CaaTag) => properties.filter((one) => one.tag === name)
  // Without a rule of their own, wildcards follow the one for names.
  const rules = tag === 'issuewild' && named('issuewild').length > 0 ? named('issuewild') : named('issue')
  return rules.length === 0 || rules.some(({ value }) => isFor(value, request))
}

/** What is wrong with CAA records, one sentence each: a CA takes such a record for nobody, or passes it over. */
export function caaMistakes(values: readonly string[]): readonly string[] {
  return values.flatMap((text) => {
    const { tag, value } = parseCaa(text)
    const flags = Number(text.split(' ')[0])
    if (!knownTags.includes(tag)) return [`"${text}": no property of CAA is called ${tag}`]
    if (flags !== 0 && flags !== 128) return [`"${text}": the flags are 0, or 128 for critical`]
    const isRule = tag === 'issue' || tag === 'issuewild'
    // RFC 8659 section 4.2; a semicolon alone is for nobody.
    const domain = '([a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*)?'
    const parameter = '[a-z0-9]([a-z0-9-]*[a-z0-9])?\\s*=\\s*[!-:<-~]*'
    const rule = new RegExp(`^\\s*${domain}\\s*(;\\s*(${parameter}\\s*(;\\s*${parameter}\\s*)*)?;?\\s*)?$`, 'i')
    return isRule && !rule.test(value) ? [`"${text}": write ${tag} "CA" or ${tag} "CA; NAME=VALUE"`] : []
  })
}

function isFor(value: string, { authority, account }: CaaRequest): boolean {
  const [domain = '', ...parameters] = value.split(';').map((part) => part.trim())
  if (domain.toLowerCase() !== authority.toLowerCase()) return false
  return parameters.filter(Boolean).every((parameter) => {
    const [, name = '', wanted = ''] = /^([^=\s]+)\s*=\s*(.*)$/.exec(parameter) ?? []
    if (name.toLowerCase() === 'accounturi') return account === undefined || wanted === account
    if (name.toLowerCase() === 'validationmethods') return wanted.split(',').includes('dns-01')
    return true
  })
}

function parseCaa(text: string): Property {
  const [, flags = '0', tag = '', value = ''] = /^(\d+) (\w+) (.*)$/s.exec(text) ?? []
  return { critical: (Number(flags) & 128) !== 0, tag: tag.toLowerCase(), value: parseTxt(value) }
}
