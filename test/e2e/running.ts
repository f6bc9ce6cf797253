import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** How a program ended; a signal counts as a shell counts it. */
export interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** A program that a test waits for in vain is ended after so long. */
const PATIENCE_MILLISECONDS = 60_000

/** A program while it runs, to be watched and disturbed. */
export class Running {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  #stdout = ''
  #stderr = ''

  constructor(child: ChildProcess) {
    this.#child = child
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString('utf8')
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString('utf8')
    })
    const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MILLISECONDS)
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => {
        clearTimeout(late)
        const status = code ?? 128 + (signal ? constants.signals[signal] : 0)
        resolve({ status, stdout: this.#stdout, stderr: this.#stderr })
      })
    })
  }

  /** Waits until it has printed this. */
  until(words: RegExp): Promise<void> {
    return this.while(`prints ${words}`, () => words.test(this.#stdout + this.#stderr))
  }

  /** Waits until a condition holds. @throws {Error} with what it printed, when it ends before. */
  async while(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    try {
      await eventually(what, async () => {
        const held = await holds()
        if (!held && this.#child.exitCode !== null) throw new Error(`it ended with ${this.#child.exitCode}`)
        return held
      })
    } catch (error) {
      throw new Error(`${(error as Error).message}; it printed:\n${this.#stdout}${this.#stderr}`)
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Types on its terminal, or writes to its standard input. */
  type(keys: string): void {
    this.#child.stdin?.write(keys)
  }

  /** Nobody reads on, as after `| head`. */
  closeOutput(): void {
    this.#child.stdout?.destroy()
  }
}

/** Waits until a condition holds, and answers how long that took in milliseconds. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, seconds = 20): Promise<number> {
  const started = performance.now()
  while (!(await holds())) {
    if (performance.now() - started > seconds * 1000) throw new Error(`not within ${seconds} s: it ${what}`)
    await sleep(20)
  }
  return performance.now() - started
}
