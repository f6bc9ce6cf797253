// Reads the command line and the environment of every process of this machine, hosts of a lab included, a hundred times
// a second, and looks for words in them. The words come as JSON on the first line of standard input, and never as arguments;
// at its end a report is printed.
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { setPriority } from 'node:os'
import { createInterface } from 'node:readline'

/** What is looked for: every text that stands for a secret, by the name of the secret. */
export type Needles = Readonly<Record<string, readonly string[]>>

export interface Sampled {
  readonly samples: number
  readonly seconds: number
  readonly processes: number
  readonly bytes: number
  /** `cmdline of sh: NAME`, each once. */
  readonly found: readonly string[]
}

const PERIOD_MILLISECONDS = 10
/** A process may become another program at any moment, but hardly so after this many samples. */
const YOUNG = 100
/** Of the others, each is looked at every so many samples. */
const RARELY = 10

const lines = createInterface({ input: process.stdin })
const [first] = await new Promise<[string]>((resolve) => lines.once('line', (line) => resolve([line])))
const needles = JSON.parse(first) as Needles
/** In which sample each process was seen first; nothing where it is none of programs, but the kernel's. */
let known = new Map<string, number | undefined>()
const seen = new Set<string>()
const found = new Set<string>()
const buffer = Buffer.alloc(65_536)
let everyone = 0
let samples = 0
let bytes = 0
const started = performance.now()

function sample(): void {
  samples++
  const now = new Map<string, number | undefined>()
  for (const pid of readdirSync('/proc')) {
    if (pid < '0' || pid > '9~') continue
    const isNew = !known.has(pid)
    if (isNew) everyone++
    const since = isNew ? samples : known.get(pid)
    now.set(pid, since)
    if (since === undefined || (samples - since > YOUNG && (samples + Number(pid)) % RARELY !== 0)) continue
    const isProgram = look(pid, 'cmdline')
    if (!isProgram && samples - since > YOUNG) now.set(pid, undefined)
    if (isProgram) look(pid, 'environ')
  }
  known = now
}

/** @returns whether there was anything to see. */
function look(pid: string, what: string): boolean {
  let text: string
  try {
    const file = openSync(`/proc/${pid}/${what}`, 'r')
    text = buffer.toString('latin1', 0, readSync(file, buffer))
    closeSync(file)
  } catch {
    // It has ended.
    return false
  }
  if (text === '' || seen.has(text)) return text !== ''
  seen.add(text)
  bytes += text.length
  for (const [name, words] of Object.entries(needles)) {
    if (words.some((word) => text.includes(word))) found.add(`${what} of ${program(pid)}: ${name}`)
  }
  return true
}

function program(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').trim()
  } catch {
    return pid
  }
}

// On a busy machine, too.
setPriority(-15)
const timer = setInterval(sample, PERIOD_MILLISECONDS)
process.stdout.write('sampling\n')
lines.once('close', () => {
  clearInterval(timer)
  const seconds = (performance.now() - started) / 1000
  const report: Sampled = { samples, seconds, processes: everyone, bytes, found: [...found] }
  process.stdout.write(`${JSON.stringify(report)}\n`)
})
