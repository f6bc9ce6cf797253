import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { HostError } from '../core/error.ts'
import type { Patience } from '../network/patience.ts'

/** Fields of probes that talk to servers. */

/** How long a probe looks at most, in milliseconds, whatever the servers do. */
export const longestLook = 9500

/** A server or several; what is nothing (`ipv6` of a host that has none) is left out. Becomes a list. */
export function servers() {
  const server = z
    .string()
    .regex(/^([A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$/, {
      error: 'must be a host name or an address',
    })
    .transform((text) => text.toLowerCase())
  const none = z.union([z.null(), z.literal('')])
  return z
    .union([server, none, z.array(z.union([server, none]))], {
      error: 'must be a host name, an address, or a list of them',
    })
    .transform((value) => [...new Set([value].flat().filter((each): each is string => each !== null && each !== ''))])
    .default([])
}

export function tcpPort() {
  return z.int().min(1).max(65_535)
}

export function family() {
  return z.enum(['any', 'ipv4', 'ipv6']).describe('Which addresses are tried.').default('any')
}

/** Seconds; `patienceOf` makes something to wait with of it. */
export function timeout() {
  return z.number().positive().max(9).describe('Seconds to wait for each answer.').default(5)
}

export function patienceOf(seconds: number, signal: AbortSignal): Patience {
  return { timeout: seconds * 1000, signal }
}

/** Text that has to be there, or between slashes a regular expression that has to match. */
export function expectedText() {
  return z
    .string()
    .min(1)
    .max(200)
    .refine((text) => asPattern(text) !== 'broken', 'is not a regular expression of JavaScript')
}

/** Whether text is as an `expectedText` wants it. */
export function isExpected(wanted: string, text: string): boolean {
  const pattern = asPattern(wanted)
  return pattern instanceof RegExp ? pattern.test(text) : text.includes(wanted)
}

function asPattern(wanted: string): RegExp | 'broken' | undefined {
  const [, source] = /^\/(.+)\/$/s.exec(wanted) ?? []
  if (source === undefined) return undefined
  try {
    return new RegExp(source, 'u')
  } catch {
    return 'broken'
  }
}

export function caBundle() {
  return z
    .string()
    .min(1)
    .describe(
      'Certificates that are trusted besides the public ones, for a private authority: PEM text, or the path of such a file on this machine.',
    )
    .optional()
}

/** @throws {HostError} where there is no certificate to be read: that is a mistake in the playbook, not at the server. */
export async function readCaBundle(setting: string | undefined): Promise<string | undefined> {
  if (setting === undefined) return undefined
  const isText = setting.includes('-----BEGIN')
  try {
    const text = isText ? setting : await readFile(setting, 'utf8')
    new X509Certificate(text)
    return text
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new HostError(`ca_bundle: ${isText ? 'the text' : setting} cannot be used: ${reason}`, {
      hint: 'ca_bundle is PEM text, or the path of a file on the machine that runs this',
    })
  }
}
