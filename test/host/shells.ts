import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { Frame, Question, Step } from '../../src/core/session.ts'
import { type Script, sh } from '../../src/core/shell.ts'
import type { Channel } from '../../src/host/channel.ts'
import { spawnChannel } from '../../src/host/local.ts'
import { ShellSession } from '../../src/host/session.ts'
import { explainLogin } from '../../src/host/sudo.ts'

/** The shells that hosts have as `sh`, as far as this machine has them. */
export const shells: readonly (readonly [string, ...string[]])[] = (
  [['dash'], ['bash', '--posix'], ['busybox', 'sh']] as const
).filter(([program]) => spawnSync(program, ['-c', ':']).error === undefined)

const opened: TestSession[] = []

// A test that fails closes nothing, and the shell that it leaves would keep the process of the tests for ever.
after(() => {
  for (const { session } of opened) session.kill()
})

/** A session of an unprivileged user with a home of its own, so that neither the lock nor the journal of this machine is touched. */
export class TestSession {
  readonly home = mkdtempSync(join(tmpdir(), 'provision-test-'))
  readonly channel: Channel
  readonly session: ShellSession
  readonly traffic = { turns: 0, bytesUp: 0, bytesDown: 0 }

  constructor(shell: readonly string[] = ['dash'], home?: string) {
    const directory = home ?? this.home
    spawnSync('chmod', ['0777', directory])
    const user = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
    const args = ['-u', 'XDG_RUNTIME_DIR', `HOME=${directory}`, ...user, ...shell]
    this.channel = spawnChannel('env', args)
    this.session = new ShellSession(this.channel, this.traffic, explainLogin)
    opened.push(this)
  }

  /** Asks one question. */
  async ask(script: Script): Promise<{ status: number; text: string; stderr: string }> {
    const answers = await this.session.survey([{ id: '0.asked', script }])
    return answers.get('0.asked') ?? { status: -1, text: '', stderr: '' }
  }

  async close(): Promise<void> {
    await this.session.close()
    rmSync(this.home, { recursive: true, force: true })
  }
}

/** A step whose questions are those of its item. */
export function step(
  item: number,
  questions: readonly Question[],
  changes: readonly Script[],
  more: Partial<Step> = {},
): Step {
  const own = questions.filter(({ id }) => id.startsWith(`${item}.`))
  return { item, questions: own, changes, owes: [], settles: [], ignoreErrors: false, ...more }
}

/** Collects frames, and sums them up as `TYPE ITEM`; outputs are left out. */
export class Recorder {
  readonly frames: Frame[] = []

  readonly onFrame = (frame: Frame): void => {
    this.frames.push(frame)
  }

  get summary(): string[] {
    return this.frames.flatMap((frame) => {
      if (frame.type === 'output') return []
      return [frame.type === 'done' ? `done ${frame.item} ${frame.status}` : `${frame.type} ${frame.item}`]
    })
  }

  output(stream: 'stdout' | 'stderr'): string {
    return this.frames.map((frame) => (frame.type === 'output' && frame.stream === stream ? frame.text : '')).join('')
  }
}

/** A question that reads a file of the session's home; absence is an empty answer. */
export function reading(id: string, name: string): Question {
  return { id, script: sh`cat ~/${name} 2>/dev/null || true` }
}
