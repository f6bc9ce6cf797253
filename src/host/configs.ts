import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { askSsh, expandHome, type KnownSettings, parseSshConfig, readSshConfig, type SshConfig } from './config.ts'

/** What Debian's and Ubuntu's ssh_config includes. */
const DROP_INS = '/etc/ssh/ssh_config.d'

/** Sections that are for some hosts, more files, and values that a host's name gets into. */
const BY_HOST = ['match', 'hostname', 'canonicalizehostname', 'canonicaldomains', 'proxyjump', 'hostkeyalias', 'tag']

/** What ssh_config says of the hosts of a run. `ssh -G` is a process of its own: it is asked once, where that is enough. */
export class SshConfigs {
  #sameOfAll: Promise<boolean> | undefined
  readonly #texts = new Map<string, Promise<string>>()

  /** @throws {UnreachableError} where ssh_config cannot be read. */
  async about(host: string, known: KnownSettings): Promise<SshConfig> {
    this.#sameOfAll ??= saysTheSameOfAll()
    // Names with capitals, and what is no name at all, are for ssh itself to judge.
    if (!/^[a-z0-9][a-z0-9.:-]*$/.test(host) || !(await this.#sameOfAll)) return readSshConfig(host, known)
    const key = `${known.user ?? ''} ${known.port ?? ''}`
    const asked = this.#texts.get(key) ?? askSsh(host, known)
    this.#texts.set(key, asked)
    return parseSshConfig((await asked).replace(/^hostname .*$/m, `hostname ${host}`), host)
  }
}

/** Reads the files that `ssh` reads; whatever cannot be read is a reason to ask `ssh` itself. */
async function saysTheSameOfAll(): Promise<boolean> {
  try {
    const dropIns = (await readdir(DROP_INS).catch(ifAbsent([]))).filter((name) => name.endsWith('.conf'))
    const paths = [expandHome('~/.ssh/config'), '/etc/ssh/ssh_config', ...dropIns.map((name) => join(DROP_INS, name))]
    const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(ifAbsent(''))))
    return texts.every(isForAllHosts)
  } catch {
    return false
  }
}

/** Whether nothing in a file depends on the host. Pure. */
export function isForAllHosts(text: string): boolean {
  return text.split('\n').every((line) => {
    const [, keyword = '', value = ''] = /^\s*([A-Za-z0-9]+)\s*[\s=]\s*(.*?)\s*$/.exec(line) ?? []
    if (line.trim() === '' || /^\s*#/.test(line)) return true
    if (keyword === '' || value.includes('%') || BY_HOST.includes(keyword.toLowerCase())) return false
    if (keyword.toLowerCase() === 'host') return value === '*'
    return keyword.toLowerCase() !== 'include' || value === `${DROP_INS}/*.conf`
  })
}

function ifAbsent<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return value
    throw error
  }
}
