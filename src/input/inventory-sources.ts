import { readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { dirname, join } from 'node:path'
import { isDirectory, isVariableFile, namesIn, nearFile, variableFiles, type YamlFiles } from './files.ts'
import { Inventory } from './inventory.ts'
import { checkCycles, readInventoryFile } from './inventory-file.ts'
import type { Problems } from './problems.ts'
import { expandRanges } from './ranges.ts'
import { defineFile, type Variable } from './variables.ts'

const VARIABLE_DIRECTORIES = ['group_vars', 'host_vars']

/**
 * Reads everything that `-i` named, in order, then `group_vars` and `host_vars` beside each of them and beside the
 * playbook.
 * Mistakes go to `problems`.
 */
export function readInventory(
  sources: readonly string[],
  playbookDirectory: string | undefined,
  files: YamlFiles,
  problems: Problems,
): Inventory {
  const inventory = new Inventory()
  const directories = new Set<string>()
  for (const source of sources) {
    if (source.includes(',')) readList(source, inventory, problems)
    else directories.add(isDirectory(source) ? source : dirname(source))
    if (!source.includes(',')) {
      for (const file of inventoryFiles(source)) readFile(file, inventory, files, problems)
    }
  }
  checkCycles(inventory, problems)
  if (playbookDirectory !== undefined) directories.add(playbookDirectory)
  for (const directory of directories) {
    readVariables(join(directory, 'group_vars'), (name) => inventory.groups.get(name)?.variables, files, problems)
    readVariables(join(directory, 'host_vars'), (name) => inventory.hosts.get(name), files, problems)
  }
  return inventory
}

function inventoryFiles(source: string): readonly string[] {
  if (!isDirectory(source)) return [source]
  return namesIn(source)
    .filter((name) => !VARIABLE_DIRECTORIES.includes(name) && isVariableFile(name))
    .map((name) => join(source, name))
    .flatMap((path) => (isDirectory(path) ? inventoryFiles(path) : [path]))
}

function readFile(path: string, inventory: Inventory, files: YamlFiles, problems: Problems): void {
  if (isIni(path)) {
    const hint = `Turn it into YAML: ansible-inventory -i ${path} --list --yaml --export`
    problems.add({ message: `${path} is written in Ansible's INI layout, which is not read here`, hint })
    return
  }
  const asked = (message: string, hint?: string) => ({
    message: `-i ${path}: ${message}`,
    hint: hint ?? nearFile(path) ?? `to name a host instead, end with a comma: -i ${path},`,
  })
  const source = problems.attempt(() => files.read(path, asked))
  if (source !== undefined) readInventoryFile(source, inventory, problems)
}

/** A first line `[group]` would be a YAML list; nobody means that. */
function isIni(path: string): boolean {
  try {
    const first = readFileSync(path, 'utf8')
      .split('\n', 50)
      .find((line) => line.trim() !== '' && !/^\s*[#;]/.test(line))
    return /^\s*\[[\w:.-]+\]\s*$/.test(first ?? '')
  } catch {
    // Reading it for good comes next, and says why it cannot be read.
    return false
  }
}

/** `mx1,mx2:2222,root@mx3,`: hosts without an inventory file. */
function readList(list: string, inventory: Inventory, problems: Problems): void {
  for (const entry of list.split(',').map((part) => part.trim())) {
    if (entry === '') continue
    const [, user, address = ''] = /^(?:([^@]+)@)?(.*)$/.exec(entry) ?? []
    const found = parseAddress(address)
    if (found === undefined) {
      problems.add({ message: `-i ${list}: "${entry}" is no host`, hint: 'write [user@]host[:port]' })
      continue
    }
    const { names, port } = found
    for (const host of names) {
      const variables = inventory.host(host)
      if (user !== undefined) variables.set('user', { data: user })
      if (port !== undefined) variables.set('port', { data: Number(port) })
    }
  }
}

/** `host`, `host:port`, `[IPv6]:port`, a bare IPv6 address, or a name with ranges. */
function parseAddress(
  text: string,
): { readonly names: readonly string[]; readonly port: string | undefined } | undefined {
  if (isIPv6(text)) return { names: [text], port: undefined }
  const [, name = '', port] = /^((?:[^:[\]]|\[[^\]]*\])+)(?::(\d+))?$/.exec(text) ?? []
  if (name === '') return undefined
  const bare = name.replace(/^\[(.*)\]$/, '$1')
  if (isIPv6(bare)) return { names: [bare], port }
  try {
    return { names: expandRanges(name), port }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/**
 * Adds the files of one directory, each to the group or host that it is named after. Files of others are left alone.
 */
function readVariables(
  directory: string,
  find: (name: string) => Map<string, Variable> | undefined,
  files: YamlFiles,
  problems: Problems,
): void {
  for (const entry of namesIn(directory)) {
    const plain = entry.replace(/\.age$/, '')
    const layer = find(entry) ?? find(plain) ?? find(plain.replace(/\.(ya?ml|json)$/, ''))
    if (layer === undefined) continue
    for (const path of variableFiles(directory, entry)) {
      const source = problems.attempt(() => files.read(path))
      if (source !== undefined) defineFile(source, layer, problems)
    }
  }
}
