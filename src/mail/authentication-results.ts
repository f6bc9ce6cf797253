import { separateComments, splitOutside } from './message-headers.ts'

/** What one method said, such as `dkim=pass header.d=example.org` (RFC 8601 section 2.2). */
export interface MethodResult {
  /** In lower case, without a version: `spf`, `dkim`, `dmarc`, `arc`. */
  readonly method: string
  /** In lower case: `pass`, `fail`, `softfail`, `none` … */
  readonly result: string
  /** What stands in parentheses behind the result, or as `reason=`. */
  readonly comment?: string
  /** `smtp.mailfrom`, `header.d` …, names in lower case. */
  readonly properties: Readonly<Record<string, string>>
}

/** One Authentication-Results field. */
export interface AuthenticationResults {
  /** Who says so. Outlook leaves it out. */
  readonly server?: string
  readonly results: readonly MethodResult[]
}

/**
 * The value of an Authentication-Results or ARC-Authentication-Results field (RFC 8601 section 2.2, RFC 8617 section
 * 4.1.1), as it is written by those who follow the grammar and by those who nearly do.
 */
export function parseAuthenticationResults(value: string): AuthenticationResults {
  const [first = '', ...rest] = splitOutside(value, ';').filter((part) => part !== '' && !/^i=\d+$/.test(part))
  // A method with its result where the name of the server belongs: there is no name.
  const isResult = parseMethod(first) !== undefined
  const server = isResult ? undefined : separateComments(first).text.split(' ')[0]
  const results = (isResult ? [first, ...rest] : rest).flatMap((part) => parseMethod(part) ?? [])
  return { ...(server && { server }), results }
}

function parseMethod(part: string): MethodResult | undefined {
  const { text, comments } = separateComments(part)
  const [head = '', ...words] = text.replace(/\s*([=/.])\s*/g, '$1').match(/(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g) ?? []
  const [, method, result] = /^([a-z][a-z0-9-]*)(?:\/\d+)?=([a-z]+)$/i.exec(head) ?? []
  if (method === undefined || result === undefined) return undefined
  const values = words.flatMap((word) => {
    const [, name, value] = /^([a-z][a-z0-9.-]*)=(.*)$/is.exec(word) ?? []
    return name === undefined || value === undefined ? [] : [[name.toLowerCase(), unquote(value)] as const]
  })
  const { reason, ...properties } = Object.fromEntries(values)
  const comment = comments[0] ?? reason
  return {
    method: method.toLowerCase(),
    result: result.toLowerCase(),
    ...(comment !== undefined && { comment }),
    properties,
  }
}

function unquote(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
}
