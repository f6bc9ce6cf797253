/**
 * A forwarder inside a lab's network, for tests that themselves run outside of it.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ForwarderOptions, Traffic } from './forwarder.ts'
import type { Lab } from './lab.ts'

/** What goes to the process, and what comes back. */
export interface Order {
  id: number
  method: 'open' | 'traffic' | 'turnTimes' | 'reset' | 'setRoundTrip' | 'freeze' | 'thaw' | 'cut' | 'close'
  argument?: number | undefined
}
export interface Answer {
  id: number
  value?: unknown
  error?: string
}

/** Like `Forwarder`, each method one message away. */
export class LabForwarder {
  #child: ChildProcess
  #orders = 0

  constructor(lab: Lab, options: ForwarderOptions) {
    const file = fileURLToPath(new URL('./forwarder-process.ts', import.meta.url))
    const argv = [process.execPath, ...process.execArgv, file, JSON.stringify(options)]
    this.#child = lab.inNamespace(argv, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#child.setMaxListeners(0)
  }

  async open(): Promise<number> {
    return (await this.#ask('open')) as number
  }

  async traffic(): Promise<Traffic> {
    return (await this.#ask('traffic')) as Traffic
  }

  async turnTimes(): Promise<readonly number[]> {
    return (await this.#ask('turnTimes')) as readonly number[]
  }

  async reset(): Promise<void> {
    await this.#ask('reset')
  }

  async setRoundTrip(milliseconds: number): Promise<void> {
    await this.#ask('setRoundTrip', milliseconds)
  }

  async freeze(): Promise<void> {
    await this.#ask('freeze')
  }

  async thaw(): Promise<void> {
    await this.#ask('thaw')
  }

  async cut(): Promise<void> {
    await this.#ask('cut')
  }

  async close(): Promise<void> {
    await this.#ask('close')
    const gone = once(this.#child, 'exit')
    this.#child.disconnect()
    await gone
  }

  #ask(method: Order['method'], argument?: number): Promise<unknown> {
    const id = this.#orders++
    return new Promise((resolve, reject) => {
      const finish = (outcome: () => void) => {
        this.#child.off('message', hear)
        this.#child.off('exit', gone).off('error', gone)
        outcome()
      }
      const hear = (answer: Answer) => {
        if (answer.id !== id) return
        finish(() => (answer.error === undefined ? resolve(answer.value) : reject(new Error(answer.error))))
      }
      const gone = () => finish(() => reject(new Error(`the forwarder ended before it answered ${method}`)))
      this.#child.on('message', hear)
      this.#child.on('exit', gone).on('error', gone)
      this.#child.send({ id, method, argument } satisfies Order)
    })
  }
}
