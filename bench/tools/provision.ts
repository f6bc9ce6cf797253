import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import type { Tool, Wanted } from '../types.ts'

const root = join(import.meta.dirname, '../..')

/** As a user has it: the built program, an inventory and a playbook. The terminal is none, so it prints plain lines. */
export const provision: Tool = {
  name: 'provision',
  title: 'provision',
  packages: [],
  version: async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    return `${version}, Node ${process.versions.node}`
  },
  async prepare(wanted, { folder, key, knownHosts, targets }) {
    const keys = await keysIn(knownHosts)
    const hosts = targets.map(({ name, address, port }) => {
      const host_key = keys.get(port === 22 ? address : `[${address}]:${port}`)
      return [name, { host: address, port, ...(host_key ? { host_key } : {}) }]
    })
    const inventory = { all: { vars: { user: 'root', key }, hosts: Object.fromEntries(hosts) } }
    await writeFile(join(folder, 'inventory.yaml'), dump(inventory))
    await writeFile(join(folder, 'play.yaml'), dump([{ hosts: 'all', tasks: wanted.map(task) }]))
    return {
      argv: [process.execPath, join(root, 'dist/cli.js'), '-i', 'inventory.yaml', 'play.yaml'],
      cwd: folder,
      unchanged: /^(?![\s\S]*changed [1-9])[\s\S]*changed 0/,
    }
  },
}

/** The Ed25519 key of each name in a known_hosts file, for `host_key`. */
async function keysIn(file: string): Promise<ReadonlyMap<string, string>> {
  const lines = (await readFile(file, 'utf8')).split('\n')
  return new Map(
    lines.flatMap((line) => {
      const [names = '', type, key] = line.split(' ')
      return type === 'ssh-ed25519' ? names.split(',').map((name): [string, string] => [name, `${type} ${key}`]) : []
    }),
  )
}

function task(thing: Wanted): object {
  switch (thing.kind) {
    case 'directory':
      return { directory: { path: thing.path, mode: thing.mode } }
    case 'file':
      return { file: { path: thing.path, content: thing.content, mode: thing.mode } }
    case 'line':
      return { line: { path: thing.path, line: thing.line, create: true } }
    case 'user':
      return { user: { name: thing.name, shell: thing.shell, comment: thing.comment } }
    case 'package':
      return { packages: { names: [thing.name] } }
    case 'service':
      return { service: { name: thing.name, state: 'started', enabled: true } }
    case 'sysctl':
      return { sysctl: { key: thing.key, value: thing.value } }
    case 'command':
      return { command: { run: thing.run, creates: thing.creates } }
  }
}
