/**
 * Reads the records at `_smtp._tls.DOMAIN` (RFC 8460 section 3).
 *
 * @param values all TXT values at that name. Those of other kinds do not count.
 * @returns where reports go to, or what is wrong in one sentence; nothing where there is no such record.
 */
export function readTlsRpt(
  values: readonly string[],
): { readonly rua: readonly string[] } | { readonly mistake: string } | undefined {
  const records = values.filter((value) => /^v\s*=\s*tlsrpt/i.test(value))
  const [record] = records
  if (record === undefined) return undefined
  if (records.length > 1) return { mistake: `there are ${records.length} records, so that none counts` }
  const [version = '', ...fields] = record.split(';').map((field) => field.trim())
  if (version !== 'v=TLSRPTv1') return { mistake: `it begins with ${version} instead of v=TLSRPTv1` }
  const [, list] = fields.map((field) => /^rua\s*=\s*(.*)$/.exec(field)).find((match) => match !== null) ?? []
  if (list === undefined) return { mistake: 'it has no rua, to which reports go' }
  const rua = list.split(',').map((uri) => uri.trim())
  const wrong = rua.find((uri) => !/^(mailto:[^@\s!]+@[^@\s!]+|https:\/\/[^\s!]+)$/.test(uri))
  return wrong === undefined ? { rua } : { mistake: `${JSON.stringify(wrong)} is neither mailto:ADDRESS nor https://…` }
}
