/** A header field of a message, unfolded (RFC 5322 section 2.2.3). */
export interface HeaderField {
  /** As it is written. */
  readonly name: string
  /** On one line; runs of white space are one space. */
  readonly value: string
}

const FIELD = /^([!-9;-~]+)[ \t]*:(.*)$/

/** The header fields of a message in their order, up to the first empty line. Lines may end with CRLF or LF. */
export function parseHeaders(message: string): readonly HeaderField[] {
  const fields: { name: string; value: string }[] = []
  for (const line of message.split(/\r?\n/)) {
    if (line === '') break
    const [, name, value = ''] = FIELD.exec(line) ?? []
    const last = fields.at(-1)
    if (/^[ \t]/.test(line) && last) last.value += ` ${line}`
    else if (name !== undefined) fields.push({ name, value })
  }
  return fields.map(({ name, value }) => ({ name, value: value.replace(/\s+/g, ' ').trim() }))
}

/** The values of the fields of one name, in their order. */
export function valuesOf(fields: readonly HeaderField[], name: string): readonly string[] {
  return fields.filter((field) => isNamed(field, name)).map(({ value }) => value)
}

export function isNamed(field: HeaderField, name: string): boolean {
  return field.name.toLowerCase() === name.toLowerCase()
}

/** Whether a line may stand in a header: a field, or the continuation of one. */
export function isHeaderLine(line: string): boolean {
  return FIELD.test(line) || /^[ \t]+\S/.test(line)
}

/** A value in pieces at a separator, where that stands in no comment and no quoted string (RFC 5322 section 3.2). */
export function splitOutside(value: string, separator: string): readonly string[] {
  const parts = ['']
  let depth = 0
  let quoted = false
  for (let index = 0; index < value.length; index++) {
    const sign = value[index]!
    if (sign === '\\' && (quoted || depth > 0)) {
      parts[parts.length - 1] += sign + (value[++index] ?? '')
      continue
    }
    if (sign === '"' && depth === 0) quoted = !quoted
    else if (sign === '(' && !quoted) depth++
    else if (sign === ')' && !quoted) depth = Math.max(0, depth - 1)
    if (sign === separator && !quoted && depth === 0) parts.push('')
    else parts[parts.length - 1] += sign
  }
  return parts.map((part) => part.trim())
}

/** A value without its comments, and these, without their outer parentheses. */
export function separateComments(value: string): { readonly text: string; readonly comments: readonly string[] } {
  const comments: string[] = []
  let text = ''
  let comment = ''
  let depth = 0
  let quoted = false
  for (let index = 0; index < value.length; index++) {
    const sign = value[index]!
    const pair = sign === '\\' && (quoted || depth > 0) ? sign + (value[++index] ?? '') : sign
    if (sign === '"' && depth === 0) quoted = !quoted
    const opens = sign === '(' && !quoted
    const closes = sign === ')' && !quoted && depth > 0
    if (closes && --depth === 0) comments.push(comment.trim())
    else if (depth > 0) comment += pair
    else if (!opens) text += pair
    if (opens && depth++ === 0) {
      comment = ''
      text += ' '
    }
  }
  return { text: text.replace(/\s+/g, ' ').trim(), comments }
}

/** The address in a From or Return-Path field, without name and angle brackets; nothing for `<>`. */
export function addressIn(value: string): string | undefined {
  const { text } = separateComments(value)
  const plain = text.replace(/"(?:[^"\\]|\\.)*"(?!@)/g, '')
  return /<([^<>\s]+)>/.exec(plain)?.[1] ?? /[^\s<>,;:]+@[^\s<>,;]+/.exec(plain)?.[0]
}

/** The tags of a DKIM-Signature field (RFC 6376 section 3.2), names in lower case, white space inside values dropped. */
export function parseTags(value: string): Readonly<Record<string, string>> {
  const tags = value.split(';').flatMap((tag) => {
    const at = tag.indexOf('=')
    return at < 0 ? [] : [[tag.slice(0, at).trim().toLowerCase(), tag.slice(at + 1).replace(/\s+/g, '')] as const]
  })
  return Object.fromEntries(tags)
}
