import { readFile } from 'node:fs/promises'
import { askSsh, type KnownSettings, parseSshConfig, readSshConfig, type SshAnswer, type SshConfig } from './config.ts'

/** Sections that are for some hosts, and values that a host's name gets into. */
const BY_HOST = ['match', 'hostname', 'canonicalizehostname', 'canonicaldomains', 'proxyjump', 'hostkeyalias', 'tag']

interface First {
  readonly host: string
  readonly answer: SshAnswer
  readonly sameOfAll: boolean
}

/** What ssh_config says of the hosts of a run. `ssh -G` is a process of its own: it is asked once, where that is enough. */
export class SshConfigs {
  readonly #first = new Map<string, Promise<First>>()

  /** @throws {UnreachableError} where ssh_config cannot be read. */
  async about(host: string, known: KnownSettings): Promise<SshConfig> {
    // Names with capitals, and what is no name at all, are for ssh itself to judge.
    if (!/^[a-z0-9][a-z0-9.:-]*$/.test(host)) return readSshConfig(host, known)
    const key = `${known.user ?? ''} ${known.port ?? ''}`
    const asking = this.#first.get(key) ?? askFirst(host, known)
    this.#first.set(key, asking)
    const first = await asking
    if (first.host === host) return parseSshConfig(first.answer.settings, host)
    if (!first.sameOfAll) return readSshConfig(host, known)
    return parseSshConfig(first.answer.settings.replace(/^hostname .*$/m, `hostname ${host}`), host)
  }
}

async function askFirst(host: string, known: KnownSettings): Promise<First> {
  const answer = await askSsh(host, known)
  return { host, answer, sameOfAll: answer.settings === '' || (await saySameOfAll(answer.files)) }
}

/** @param files those that ssh says it read: an own file that a wrapper names is among them. */
async function saySameOfAll(files: readonly string[]): Promise<boolean> {
  if (files.length === 0) return false
  try {
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
    return texts.every(isForAllHosts)
  } catch {
    // What cannot be read is a reason to ask ssh itself.
    return false
  }
}

/** Whether nothing in a file depends on the host; what it includes is a file of its own. Pure. */
export function isForAllHosts(text: string): boolean {
  return text.split('\n').every((line) => {
    const [, keyword = '', value = ''] = /^\s*([A-Za-z0-9]+)\s*[\s=]\s*(.*?)\s*$/.exec(line) ?? []
    if (line.trim() === '' || /^\s*#/.test(line)) return true
    if (keyword === '' || value.includes('%') || BY_HOST.includes(keyword.toLowerCase())) return false
    return keyword.toLowerCase() !== 'host' || value === '*'
  })
}
