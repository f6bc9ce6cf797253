/**
 * Running the machine's own programs, always as an argument list and never through a shell of ours.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'

export interface Outcome {
  status: number
  stdout: string
  stderr: string
}

export interface ExecuteOptions {
  input?: string
  environment?: Record<string, string>
  timeoutSeconds?: number
}

/** Runs a program to its end. Any exit status is an answer; only a program that cannot start or does not end throws. */
export function execute(argv: readonly string[], options: ExecuteOptions = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = start(argv, { stdio: 'pipe', env: { ...process.env, ...options.environment } })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    let expired = false
    const timer = options.timeoutSeconds
      ? setTimeout(() => {
          expired = true
          child.kill('SIGKILL')
        }, options.timeoutSeconds * 1000)
      : undefined
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
    // A program that exits without reading its input closes the pipe: its status says more than our EPIPE would.
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input ?? '')
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(new Error(`could not run ${argv[0]}: ${error.message}`))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (expired) return reject(new Error(`${argv.join(' ')} did not end within ${options.timeoutSeconds} s`))
      resolve({
        status: code ?? 128 + signalNumber(signal),
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8'),
      })
    })
  })
}

/** Runs a program that has to succeed, and returns what it printed. */
export async function demand(argv: readonly string[], options: ExecuteOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await execute(argv, options)
  if (status === 0) return stdout
  const said = `${stderr.trim() || stdout.trim() || 'it said nothing'}`.split('\n').slice(-15).join('\n')
  const command = argv.join(' ')
  const shown = command.length > 200 ? `${command.slice(0, 200)}…` : command
  throw new Error(`${shown} exited with ${status}:\n${said}`)
}

/** Starts a program and leaves the rest to the caller. */
export function start(argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const [program, ...rest] = argv
  if (program === undefined) throw new Error('nothing to run: the argument list is empty')
  // Root's path may lack the sbin folders (su without a login), and that is where ip lives.
  const path = `${options.env?.PATH ?? process.env.PATH ?? ''}:/usr/sbin:/sbin`
  return spawn(program, rest, { ...options, env: { ...(options.env ?? process.env), PATH: path } })
}

function signalNumber(signal: NodeJS.Signals | null): number {
  if (signal === 'SIGKILL') return 9
  return signal === 'SIGTERM' ? 15 : 1
}
