/** A policy as senders read it (RFC 8461 section 3.2). */
export interface ReadMtaStsPolicy {
  /** `enforce`: nothing is delivered to other hosts, or without TLS. `testing`: failures are only reported. */
  readonly mode: 'enforce' | 'testing' | 'none'
  /** Host names, and patterns such as `*.example.org`. */
  readonly mx: readonly string[]
  /** Seconds for which senders may remember it. */
  readonly maxAge: number
}

/** RFC 8461 section 3.2: about a year. */
const longestAge = 31_557_600

const modes = ['enforce', 'testing', 'none'] as const

/**
 * Reads a policy (RFC 8461 section 3.2). Unknown fields do not count, nor does any but the first of a field.
 *
 * @returns the policy, or every mistake in it, one sentence each.
 */
export function parseMtaStsPolicy(text: string): ReadMtaStsPolicy | { readonly mistakes: readonly string[] } {
  const mistakes: string[] = []
  const fields = new Map<string, string[]>()
  for (const line of text.split(/\r?\n/).filter((each) => each.trim() !== '')) {
    const [, key, value = ''] = /^([A-Za-z0-9][\w.-]{0,31}):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
    if (key === undefined) mistakes.push(`${JSON.stringify(line.slice(0, 80))} is no "key: value"`)
    else fields.set(key, [...(fields.get(key) ?? []), value])
  }
  const first = (key: string) => fields.get(key)?.[0]
  if (first('version') !== 'STSv1') mistakes.push(`version is ${said(first('version'))} instead of STSv1`)
  const mode = modes.find((one) => one === first('mode'))
  if (mode === undefined) mistakes.push(`mode is ${said(first('mode'))} instead of ${modes.join(', ')}`)
  const mx = fields.get('mx') ?? []
  if (mx.length === 0 && mode !== 'none') mistakes.push('there is no mx')
  mistakes.push(...mx.filter((name) => !isPattern(name)).map((name) => `mx ${JSON.stringify(name)} is no host name`))
  const age = first('max_age')
  const maxAge = /^\d{1,10}$/.test(age ?? '') ? Number(age) : Number.NaN
  if (!(maxAge <= longestAge)) mistakes.push(`max_age is ${said(age)} instead of 0 to ${longestAge} seconds`)
  return mistakes.length > 0 || mode === undefined ? { mistakes } : { mode, mx, maxAge }
}

/**
 * The id in the TXT record at `_mta-sts.DOMAIN` (RFC 8461 section 3.1). Senders fetch the policy again when it changes.
 *
 * @param values all TXT values at that name. Those of other kinds do not count; two of this kind are none.
 * @returns the id, or what is wrong in one sentence.
 */
export function readMtaStsId(values: readonly string[]): { readonly id: string } | { readonly mistake: string } {
  const records = values.filter((value) => /^v=STSv1\s*(;|$)/.test(value))
  const [record] = records
  if (record === undefined) return { mistake: 'there is no record v=STSv1' }
  if (records.length > 1) return { mistake: `there are ${records.length} records v=STSv1, so that none counts` }
  const [, id] = /;\s*id\s*=\s*([^;]*?)\s*(?:;|$)/.exec(record) ?? []
  if (id === undefined) return { mistake: 'its id is missing' }
  if (/^[A-Za-z0-9]{1,32}$/.test(id)) return { id }
  return { mistake: `its id ${JSON.stringify(id)} is not of 1 to 32 letters and digits` }
}

function isPattern(name: string): boolean {
  return /^(\*\.)?[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$/.test(name)
}

function said(value: string | undefined): string {
  return value === undefined ? 'missing' : JSON.stringify(value)
}
