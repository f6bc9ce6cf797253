import * as z from 'zod'

/** Fields that many resources share, so that they are checked and explained in the same words everywhere. */

/** An absolute path on the host, without a slash at its end. */
export function path() {
  return z
    .string()
    .regex(/^\//, 'must be an absolute path, such as /etc/motd')
    .refine((value) => value === '/' || !value.endsWith('/'), 'must not end in a slash')
    .refine((value) => !/[\n\0]/.test(value), 'must not contain a line break')
}

/** Permission bits as octal digits in a string: YAML reads a bare 0644 as the decimal number 644. */
export function mode() {
  return z
    .string({ error: "must be octal digits in quotes, such as '0644'" })
    .regex(/^[0-7]{3,4}$/, "must be octal digits, such as '0644' (u=rw,g=r is not understood)")
    .describe("Permission bits as octal digits in quotes, such as '0644'.")
}

export function owner() {
  return name('user').describe('Name of the user who owns it.')
}

export function group() {
  return name('group').describe('Name of the group that owns it.')
}

/** Owner, group and mode, each optional. */
export const attributes = {
  owner: owner().optional(),
  group: group().optional(),
  mode: mode().optional(),
}

/** How a file that holds content is put in its place. */
export const placing = {
  ...attributes,
  validate: z
    .string()
    .min(1)
    .describe(
      'Command that must accept the new file, named `%s`, before it takes the place of the old one: `visudo -cf %s`.',
    )
    .optional(),
  backup: z.boolean().describe('Keep the old file beside the new one, as `NAME.TIME.bak`.').default(false),
}

/** Text; a bare number in YAML is taken as its digits. */
export function text() {
  return z.union([z.string(), z.number()], { error: 'must be text' }).transform(String)
}

/** One line of text. */
export function line() {
  return text().refine((value) => !/[\n\0]/.test(value), 'must be one line')
}

/** Shell text, for the host's `sh`. */
export function shell() {
  return z
    .string()
    .regex(/\S/, 'must not be empty')
    .refine((value) => !value.includes('\0'), 'must not contain NUL')
}

/**
 * A condition as in `when`. The input evaluates strings in fields marked `expression` before they are validated,
 * so that only its value arrives here; editors are told that text is welcome.
 */
export function condition() {
  return z.boolean({ error: 'must be a condition' }).meta({ expression: true, type: ['boolean', 'string'] })
}

/** A span of time, as a number of seconds or as `90s`, `5m`, `2h`, `1d`. Becomes seconds. */
export function duration() {
  return z
    .union([z.number().positive(), z.string().regex(/^\d+(\.\d+)?(s|m|h|d)?$/)], {
      error: 'must be a number of seconds, or such as 90s, 5m, 2h',
    })
    .transform(seconds)
}

/** Who fetches a file that has an address and a checksum. */
export function fetchFrom() {
  return z
    .enum(['host', 'controller'])
    .describe(
      'Who fetches the file. `controller`: once for all hosts, when the first of them needs it; each gets it over its connection, and checks it again.',
    )
    .default('host')
}

/** One word or a list of words. Becomes a list. */
export function oneOrMore<T extends z.ZodType>(element: T) {
  return z.union([element, z.array(element).min(1)]).transform((value) => [value].flat() as z.output<T>[])
}

function seconds(value: number | string): number {
  if (typeof value === 'number') return value
  const unit = { s: 1, m: 60, h: 3600, d: 86_400 }[value.at(-1) as 's' | 'm' | 'h' | 'd'] ?? 1
  return Number.parseFloat(value) * unit
}

// stat(1) answers with names, so a number would differ from what is there for ever.
function name(kind: 'user' | 'group') {
  return z
    .string({ error: `must be the name of a ${kind}, not its number` })
    .regex(/^[A-Za-z_][A-Za-z0-9_.-]*\$?$/, `must be the name of a ${kind}, such as www-data`)
}
