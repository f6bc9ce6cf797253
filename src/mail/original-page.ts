import { isHeaderLine } from './message-headers.ts'

/** What the table above the message says on Gmail's "Show original" page. */
export interface OriginalSummary {
  /** In lower case: `pass`, `softfail` … */
  readonly spf?: string
  /** The address that SPF was asked about. */
  readonly address?: string
  readonly dkim?: string
  readonly dkimDomain?: string
  readonly dmarc?: string
}

/** A message, and the table that stood above it. */
export interface Original {
  readonly message: string
  readonly summary: OriginalSummary
}

/** Fields of which one is in every message that came through a server. */
const TELLING = /^(?:Received|DKIM-Signature|Message-ID|Return-Path|Delivered-To|Authentication-Results):/im

/**
 * The message in a text: a file as it was saved, or what was copied from Gmail's "Show original" page, table and all.
 * In other languages than English that page differs in everything but the words SPF, DKIM and DMARC.
 *
 * @returns nothing where no header can be seen.
 */
export function splitOriginal(text: string): Original | undefined {
  const clean = text.replace(/^\uFEFF/, '')
  const raw = clean.split('\n')
  const lines = raw.map((line) => line.replace(/\r$/, ''))
  let offset = 0
  for (const [start, line] of lines.entries()) {
    if (isHeaderLine(line) && !/^[ \t]/.test(line)) {
      const end = lines.findIndex((other, index) => index > start && other.trim() === '')
      const block = lines.slice(start, end < 0 ? lines.length : end)
      if (block.every(isHeaderLine) && TELLING.test(block.join('\n'))) {
        // From here on everything stays as it is: a signature is over it.
        return { message: clean.slice(offset), summary: parseSummary(clean.slice(0, offset)) }
      }
    }
    offset += raw[start]!.length + 1
  }
  return undefined
}

function parseSummary(text: string): OriginalSummary {
  const row = (name: string) => {
    const [, rest] = new RegExp(`^\\s*${name}\\s*[:：]?\\s+(.*)$`, 'm').exec(text) ?? []
    const result = /[A-Za-z]+/.exec(rest ?? '')?.[0].toLowerCase()
    return { rest: rest ?? '', result }
  }
  const [spf, dkim, dmarc] = [row('SPF'), row('DKIM'), row('DMARC')]
  const address = /\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-f]{1,4}:[0-9a-f:]+\b/i.exec(spf.rest)?.[0]
  const domain = /\b[a-z0-9-]+(?:\.[a-z0-9-]+)+\b/i.exec(dkim.rest)?.[0]
  return {
    ...(spf.result !== undefined && { spf: spf.result }),
    ...(address !== undefined && { address }),
    ...(dkim.result !== undefined && { dkim: dkim.result }),
    ...(domain !== undefined && { dkimDomain: domain.toLowerCase() }),
    ...(dmarc.result !== undefined && { dmarc: dmarc.result }),
  }
}
