import type { Connect } from '../../src/engine/sessions.ts'
import type { Forwarder } from '../../src/lab/forwarder.ts'
import { killing, type Victim, watched } from './cut.ts'
import { connectDirectly, type LabAddress, type OnHost, type Stepped, step } from './live-step.ts'
import type { LifeCase } from './resource-cases.ts'
import { guardedResources, type Harm, sampleOf } from './sweep-cases.ts'
import { beginCut, endCut, fileProof } from './sweep-proof.ts'

type Cut = (connect: Connect) => { readonly connect: Connect; readonly struck: (said: string) => boolean }

export interface SweepSurroundings {
  readonly folder: string
  readonly address: LabAddress
  readonly one: LifeCase
  readonly onHost: OnHost
  /** Reaches the host through the forwarder. */
  readonly through: Connect
  readonly forwarder: Forwarder
}

/** One case on one host, cut again and again. */
export class Sweep {
  readonly #around: SweepSurroundings
  readonly #points: Record<Harm, number>
  readonly #saw: Set<string>
  #isFirst = true

  /**
   * @param points counts the cuts.
   * @param saw collects what the runs that were cut said.
   */
  constructor(around: SweepSurroundings, points: Record<Harm, number>, saw: Set<string>) {
    this.#around = around
    this.#points = points
    this.#saw = saw
  }

  /** @returns what went wrong, or nothing. */
  async all(): Promise<string | undefined> {
    const { offset, stride, most } = sampleOf(this.#around.one)
    for (let frame = 1 + offset, cuts = 0; cuts < most; frame += stride, cuts++) {
      const missed = await this.#strike('connection cut', `at frame ${frame}`, this.#cutAtFrame(frame))
      if (missed === 'missed') break
      if (missed) return missed
    }
    const victims: readonly Victim[] = ['process group', 'worker', 'main shell']
    for (let change = 0, kills = 0; kills < most; change++) {
      let isChange = false
      for (let command = offset; kills < most; command += stride, kills++) {
        const victim = command === 0 ? victims[change % 3]! : 'process group'
        const at = { change, command, victim }
        const missed = await this.#strike(
          'remote shell killed',
          `${victim} at change ${change}, command ${command}`,
          this.#killAt(at),
        )
        if (missed === 'missed') break
        if (missed) return missed
        isChange = true
      }
      if (!isChange) break
    }
    return undefined
  }

  #cutAtFrame(frame: number): Cut {
    let seen = 0
    return (connect) => ({
      struck: () => seen >= frame,
      connect: watched(connect, () => {
        if (++seen === frame) this.#around.forwarder.cut()
      }),
    })
  }

  #killAt(at: Parameters<typeof killing>[1]): Cut {
    return (connect) => ({
      connect: killing(connect, at),
      struck: (said) => said !== '',
    })
  }

  /** @returns what went wrong, or that the run ended before the cut. */
  async #strike(harm: Harm, where: string, cut: Cut): Promise<string | undefined> {
    const { before, drift, proof, again } = this.#around.one
    const reset = this.#isFirst ? before : (drift ?? before)
    this.#isFirst = false
    await this.#around.onHost(`${where}: reset`, `systemctl reset-failed\n${reset ?? ''}\n${beginCut}`)
    const { connect, struck } = cut(this.#around.through)
    const first = await this.#step(connect)
    if (!struck(await this.#around.onHost(where, endCut)))
      return first.failure ? `${where}, not cut: ${first.failure}` : 'missed'
    this.#points[harm]++
    const said = first.failure?.split('\n')[0]?.replace(/^(connection|failed): /, '')
    if (said) this.#saw.add(`${harm}\n${said}`)
    const next = await this.#step(connectDirectly)
    if (next.failure) return `${where}; the next run: ${next.failure}`
    const last = await this.#step(connectDirectly)
    if (last.failure) return `${where}; the run after: ${last.failure}`
    if (again !== 'changes' && last.changes.length > 0) return `${where}; the run after changed ${last.changes.join()}`
    if (proof) await this.#around.onHost(`${where}; proof`, proof)
    // What the user's own commands write is the user's.
    const left = ['command', 'script', 'service'].includes(this.#around.one.resource)
      ? ''
      : await this.#around.onHost('proof of files', fileProof)
    return left === '' ? undefined : `${where}: ${left}`
  }

  async #step(connect: Connect): Promise<Stepped> {
    const task = guardedResources.has(this.#around.one.resource) ? { task: { guard: { timeout: '5s' } } } : {}
    return step(this.#around.address, this.#around.one, { folder: this.#around.folder, check: false, connect, ...task })
  }
}
