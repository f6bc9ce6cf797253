import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { isFault } from '../core/finding.ts'
import { describeMessage } from '../mail/describe-message.ts'
import { explainMessage } from '../mail/explain-message.ts'
import { judgeMessage } from '../mail/judge-message.ts'
import { splitOriginal } from '../mail/original-page.ts'
import { authenticate } from '../network/authenticate.ts'
import { resolverClient } from '../network/system-resolver.ts'
import { findingLines } from '../report/findings.ts'
import { harmlessJson } from '../report/json.ts'
import { textWidth } from '../report/look.ts'
import { createStyle } from '../report/style.ts'
import { visible, visibleAll } from '../report/text.ts'
import { ExitCode } from './exit-code.ts'
import { UsageError } from './options.ts'

export interface ExplainFlags {
  readonly verify?: boolean
  readonly resolver?: string
  readonly output: string
}

/**
 * `provision explain-mail FILE`: what the header of a message tells, and what is wrong with it.
 *
 * @throws {UsageError} where there is no message in the file.
 */
export async function explainMail(file: string, { verify, resolver, output }: ExplainFlags): Promise<number> {
  if (output !== 'text' && output !== 'json') throw new UsageError(`--output ${output}: the kinds are text and json`)
  const saved = await read(file)
  const message = explainMessage(saved.toString('utf8'))
  // Byte for byte: the signature is over it.
  const original = splitOriginal(saved.toString('latin1'))
  if (!message || !original) {
    const hint = 'In Gmail: the message’s menu, "Show original", then "Download original" or copy all of the page.'
    const name = file === '-' ? 'standard input' : file
    throw new UsageError(`${name} holds no message: there is no header with Received or Message-ID`, hint)
  }
  const raw = Buffer.from(original.message, 'latin1')
  const checked = verify || resolver !== undefined ? await authenticate(raw, message, client(resolver)) : undefined
  const findings = judgeMessage(message, checked)
  if (output === 'json') {
    process.stdout.write(`${harmlessJson({ message, ...(checked && { checked }), findings })}\n`)
  } else {
    const look = { width: textWidth(process.stdout.columns || 80), style: createStyle(undefined), scripts: false }
    const lines = findingLines({ findings: visibleAll(findings) }, true, { ...look, diff: false })
    process.stdout.write(`${visible(describeMessage(message))}\n\n${lines.join('\n')}\n`)
  }
  return findings.some(isFault) ? ExitCode.failed : ExitCode.done
}

async function read(file: string): Promise<Buffer> {
  if (file === '-') return buffer(process.stdin)
  try {
    return await readFile(file)
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`)
  }
}

function client(resolver: string | undefined): ReturnType<typeof resolverClient> {
  try {
    return resolverClient(resolver)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new UsageError(error.message)
  }
}
