import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { Secret } from '../core/secret.ts'
import { type HostFlags, UsageError } from './options.ts'

/** The sudo password where one was asked for on the command line: asked once, for all hosts. */
export async function sudoPassword(flags: HostFlags): Promise<Secret | undefined> {
  if (flags.becomePasswordFile !== undefined) {
    try {
      return new Secret(readFileSync(flags.becomePasswordFile, 'utf8').replace(/\r?\n$/, ''))
    } catch (error) {
      throw new UsageError(`--become-password-file: ${(error as Error).message}`)
    }
  }
  if (!flags.askBecomePass) return undefined
  const password = await askHidden('sudo password: ')
  if (password === undefined) {
    throw new UsageError('-K asks for a password, and there is no terminal to ask on', 'Use --become-password-file.')
  }
  return password
}

/** Asks for a hidden line on the terminal; nothing when there is no terminal. */
export async function askHidden(prompt: string): Promise<Secret | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  // Only now is the terminal's echo off: what is typed ahead of the prompt is not shown either.
  process.stderr.write(prompt)
  try {
    const answer = await new Promise<string | undefined>((resolve) => {
      lines.once('line', resolve)
      lines.once('SIGINT', () => resolve(undefined))
      lines.once('close', () => resolve(undefined))
    })
    if (answer === undefined) throw new UsageError('no password was given')
    return new Secret(answer)
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
