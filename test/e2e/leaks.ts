import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Needles, Sampled } from './sampler-process.ts'

/**
 * Every text under which a secret might turn up: as it is, in base64 at each of three positions, for URLs. Of a secret of
 * several lines each line counts. Written without the program's own masker, which is what is tested.
 */
export function formsOf(secret: string): readonly string[] {
  const lines = secret.split('\n').filter((line) => line.length > 12 && !line.startsWith('-----'))
  return [
    ...new Set(
      lines.flatMap((line) => [line, encodeURIComponent(line), ...[0, 1, 2].flatMap((at) => base64(line, at))]),
    ),
  ]
}

// The characters that depend on nothing but the secret.
function base64(text: string, position: number): readonly string[] {
  const inside = Buffer.concat([Buffer.alloc(position), Buffer.from(text)])
  const whole = inside.toString('base64').replace(/=+$/, '')
  const fixed = whole.slice(position === 0 ? 0 : position + 1, inside.length % 3 === 0 ? undefined : -1)
  return [fixed, fixed.replaceAll('+', '-').replaceAll('/', '_')]
}

/** The names of the secrets that a text holds. */
export function secretsIn(text: string, needles: Needles): readonly string[] {
  return Object.keys(needles).filter((name) => needles[name]?.some((form) => text.includes(form)))
}

/** Which files below a folder hold a secret: `PATH: NAMES`, and how many bytes were searched. */
export function searchFiles(
  folder: string,
  needles: Needles,
): { readonly found: readonly string[]; readonly bytes: number } {
  const input = `${Object.values(needles).flat().join('\n')}\n`
  const { stdout, status, stderr } = spawnSync('grep', ['-rlaFZ', '-f', '-', '--', folder], {
    input,
    encoding: 'utf8',
    maxBuffer: 100_000_000,
  })
  if (status === 2) throw new Error(`grep: ${stderr}`)
  const paths = stdout.split('\0').filter((path) => path !== '')
  const bytes = Number(execFileSync('du', ['-sb', folder], { encoding: 'utf8' }).split('\t')[0])
  const found = paths.map((path) => {
    const names = secretsIn(readFileSync(path, 'latin1'), needles)
    return `${relative(folder, path)}: ${names.join(', ')}`
  })
  return { found: found.toSorted(), bytes }
}

/** Watches the processes of the machine, those of hosts included, until it is told to end. */
export class Sampler {
  readonly #child: ChildProcess
  #said = ''

  constructor(needles: Needles) {
    const program = join(import.meta.dirname, 'sampler-process.ts')
    this.#child = spawn(process.execPath, [...process.execArgv, program], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#said += chunk.toString('utf8')
    })
    this.#child.stdin?.write(`${JSON.stringify(needles)}\n`)
  }

  get isSampling(): boolean {
    return this.#said.startsWith('sampling\n')
  }

  /** Ends it without a report: a test that wanted one has failed. */
  kill(): void {
    this.#child.kill()
  }

  async end(): Promise<Sampled> {
    const closed = new Promise((resolve) => this.#child.once('close', resolve))
    this.#child.stdin?.end()
    await closed
    return JSON.parse(this.#said.slice('sampling\n'.length)) as Sampled
  }
}
