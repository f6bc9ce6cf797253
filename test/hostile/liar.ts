import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { UnreachableError } from '../../src/core/error.ts'
import { sh } from '../../src/core/shell.ts'
import type { Channel, Ending } from '../../src/host/channel.ts'
import type { Side } from '../../src/host/frames.ts'
import { ShellSession } from '../../src/host/session.ts'
import { explainLogin } from '../../src/host/sudo.ts'

/** A host that says whatever it is told to, and knows the random words of its session, for it has been sent them. */
export class Liar {
  readonly session: ShellSession
  readonly #channel: Channel & { readonly [S in Side]: PassThrough }
  #heard = ''
  killed = false

  constructor() {
    const stdin = new PassThrough()
    stdin.on('data', (chunk: Buffer) => {
      this.#heard += chunk.toString('latin1')
    })
    let end: (ending: Ending) => void = () => undefined
    const ended = new Promise<Ending>((resolve) => {
      end = resolve
    })
    const kill = (): void => {
      this.killed = true
      end({ code: undefined, signal: 'SIGKILL' })
    }
    this.#channel = { stdin, stdout: new PassThrough(), stderr: new PassThrough(), ended, kill }
    this.session = new ShellSession(this.#channel, { turns: 0, bytesUp: 0, bytesDown: 0 }, explainLogin)
  }

  get nonce(): string {
    return /^p_nonce=([0-9a-f]{32})$/m.exec(this.#heard)?.[1] ?? assert.fail('no nonce was sent')
  }

  get mark(): string {
    return /"\/\$\?\/([0-9a-f]{16})"/.exec(this.#heard)?.[1] ?? assert.fail('no mark was sent')
  }

  print(side: Side, bytes: string | Buffer): void {
    this.#channel[side].write(bytes)
  }

  /** A line of the protocol, and what follows it on standard output. */
  say(words: string, payload: string | Buffer = ''): void {
    for (const side of ['stdout', 'stderr'] as const) this.print(side, `${this.nonce} ${words}\n`)
    this.print('stdout', payload)
  }

  answer(number: number, text: string): void {
    const payload = `${text}/0/${this.mark}`
    this.say(`answer ${number} ${Buffer.byteLength(payload)}`, payload)
  }
}

export async function greeted(): Promise<Liar> {
  const liar = new Liar()
  await turn()
  liar.say('hello 2')
  return liar
}

/** Waits for what a session makes of a lie: an error about this host alone, and the end of its connection. */
export async function assertRefused(liar: Liar, waiting: Promise<unknown>, reason: RegExp): Promise<void> {
  await assert.rejects(waiting, (error) => {
    assert.ok(error instanceof UnreachableError, String(error))
    assert.match(error.message, reason)
    return true
  })
  assert.ok(liar.killed)
  await assert.rejects(liar.session.survey([{ id: '9.later', script: sh`:` }]), UnreachableError)
}
