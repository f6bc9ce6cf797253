import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ControllerFile } from '../core/controller-file.ts'
import { HostError } from '../core/error.ts'
import { readIfThere, writeAtomically } from './files.ts'

/** The most bytes that a file may have: it is kept in memory here, and the shell of a host needs twelve times as much. */
const MAX_BYTES = 64 * 1024 * 1024

/**
 * Gives the content of a file in base64.
 *
 * @param signal ends a download.
 * @param tell hears what is being fetched, where that takes a download.
 * @throws {HostError} when it cannot be had, or is another file.
 */
export type Download = (file: ControllerFile, signal: AbortSignal, tell: (activity: string) => void) => Promise<string>

/**
 * Fetches files to this machine, each at most once, however many ask for it at once. What was fetched is kept below
 * `$XDG_CACHE_HOME/provision` (XDG Base Directory Specification), named by its sha256, for the runs that follow.
 */
export function downloads(): Download {
  const known = new Map<string, Promise<string>>()
  return (file, signal, tell) => {
    const fetching =
      known.get(file.sha256) ?? fetchFile(file, signal, tell).then((content) => content.toString('base64'))
    known.set(file.sha256, fetching)
    return fetching
  }
}

async function fetchFile(
  { url, sha256 }: ControllerFile,
  signal: AbortSignal,
  tell: (activity: string) => void,
): Promise<Buffer> {
  const local = url.startsWith('/') ? url : url.startsWith('file:') ? fileURLToPath(url) : undefined
  if (local !== undefined) return checked(await readLocal(local, url), url, sha256)
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'provision')
  const path = join(folder, sha256)
  try {
    const kept = await readIfThere(path)
    if (kept !== undefined && sumOf(kept) === sha256) return kept
  } catch (error) {
    throw new HostError(`${path} cannot be read: ${why(error)}`)
  }
  tell(`fetching ${url}`)
  const content = checked(await download(url, signal), url, sha256)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeAtomically(path, content, 0o600)
  } catch (error) {
    const hint = 'XDG_CACHE_HOME names another place for what is fetched'
    throw new HostError(`${path} cannot be written: ${why(error)}`, { hint })
  }
  return content
}

async function readLocal(path: string, url: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new HostError(`cannot read ${url} here, on the controller: ${why(error)}`)
  }
}

async function download(url: string, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    const response = await fetch(url, { signal })
    if (!response.ok) throw new HostError(`cannot fetch ${url}: HTTP ${response.status} ${response.statusText}`.trim())
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > MAX_BYTES) throw tooLarge(url)
    }
  } catch (error) {
    if (error instanceof HostError) throw error
    const hint = 'fetched from the controller; fetch_from: host has the host fetch it'
    throw new HostError(`cannot fetch ${url}: ${why(error)}`, { hint })
  }
  return Buffer.concat(chunks)
}

function checked(content: Buffer, url: string, sha256: string): Buffer {
  if (content.length > MAX_BYTES) throw tooLarge(url)
  const sum = sumOf(content)
  if (sum === sha256) return content
  throw new HostError(`refused: ${url} is not the file that was meant: its sha256 is ${sum}, wanted ${sha256}`)
}

function tooLarge(url: string): HostError {
  return new HostError(`${url} has more than 64 MiB: too much to be sent`, { hint: 'fetch_from: host' })
}

function sumOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

/** What Node's `fetch` and file system have to say; `fetch` hides it in the cause, and several addresses in a list. */
function why(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError) return [...new Set(error.errors.map(why))].join('; ')
  if (error.cause !== undefined) return why(error.cause)
  const code = 'code' in error ? error.code : undefined
  if (code === 'ENOTFOUND' && 'hostname' in error) return `there is no host ${error.hostname} in DNS`
  if (code === 'EAI_AGAIN' && 'hostname' in error) return `DNS does not answer for ${error.hostname}`
  if (code === 'ENOENT') return 'there is no such file'
  return error.message
}
