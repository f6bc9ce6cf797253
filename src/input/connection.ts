import { didYouMean, InputError, type Problem } from '../core/error.ts'
import type { Json } from '../core/json.ts'
import type { HostAddress } from '../core/task.ts'
import { toBoolean } from './fields.ts'
import type { Inventory } from './inventory.ts'
import { NeedsRuntime } from './runtime-names.ts'
import { kindOf } from './source.ts'
import type { VariableLookup } from './variable-lookup.ts'
import type { Layer, Variable } from './variables.ts'

/** The connection fields of an inventory and what Ansible calls them. */
const NAMES = {
  host: ['ansible_host', 'ansible_ssh_host'],
  port: ['ansible_port', 'ansible_ssh_port'],
  user: ['ansible_user', 'ansible_ssh_user'],
  key: ['ansible_ssh_private_key_file', 'ansible_private_key_file'],
  via: [],
  become: ['ansible_become'],
  become_user: ['ansible_become_user'],
  host_key: [],
  connection: ['ansible_connection'],
} as const

type Field = keyof typeof NAMES

/** Names of Ansible that have no work here; an inventory that is shared with it may keep them. */
const IGNORED = /^ansible_(python_interpreter|group_priority|become_method|ssh_pipelining|pipelining|shell_type)$/

const REFUSED: { readonly [name: string]: string } = {
  ansible_password: 'use a key; a password never stands in an inventory',
  ansible_ssh_pass: 'use a key; a password never stands in an inventory',
  ansible_become_pass: 'use -K, which asks for it once',
  ansible_become_password: 'use -K, which asks for it once',
  ansible_ssh_common_args: 'use "via" for a jump host, or ~/.ssh/config',
  ansible_ssh_extra_args: 'use ~/.ssh/config',
  ansible_ssh_args: 'use ~/.ssh/config',
}

/** A host's address, and what its inventory says about becoming another user. */
export interface ConnectionFields {
  readonly address: HostAddress
  readonly become: boolean | undefined
  readonly becomeUser: string | undefined
}

/**
 * How to reach a host: the strongest place where each field is set, rendered.
 *
 * @throws {InputError} with every field that is wrong.
 */
export function readConnection(
  name: string,
  inventory: Inventory,
  commandLine: Layer,
  lookup: VariableLookup,
  user: string | undefined,
): ConnectionFields {
  const layers = inventory.layersOf(name).toReversed()
  const problems: Problem[] = []
  const read = <T>(field: Field, expected: string, parse: (value: Json) => T | undefined): T | undefined => {
    const found = strongest(field, layers, commandLine)
    if (found === undefined) return undefined
    const { variable, written } = found
    const wrong = (message: string, hint?: string): undefined => {
      problems.push('source' in variable ? variable.source.problem(`${written}: ${message}`, { hint }) : { message })
    }
    try {
      const value = lookup.render(written, variable)
      return value === null ? undefined : (parse(value) ?? wrong(`expected ${expected}, got ${shown(value)}`))
    } catch (error) {
      if (error instanceof NeedsRuntime) return wrong('how to reach a host cannot depend on its facts')
      if (!(error instanceof InputError)) throw error
      problems.push(...error.problems)
      return undefined
    }
  }
  const fields = {
    host: read('host', 'a name or an address', text),
    port: read('port', 'a port number', port),
    user: user ?? read('user', 'a user name', text),
    key: read('key', 'the path of a private key', text),
    via: read('via', 'one jump host or a list of them', list),
    hostKey: read('host_key', '"ssh-ed25519 AAAA…" or "SHA256:…"', hostKey),
    connection: read('connection', 'ssh, openssh or local', connection),
  }
  const become = read('become', 'true or false', toBoolean)
  const becomeUser = read('become_user', 'a user name', text)
  if (problems.length > 0) throw new InputError(problems)
  const { host = name, connection: how = 'ssh', ...rest } = fields
  const address = { name, host, connection: how, ...withoutUndefined(rest) }
  return { address, become, becomeUser }
}

/**
 * A problem for every `ansible_…` name in the inventory that would have meant something to Ansible, and means nothing
 * here.
 */
export function unknownConnectionNames(inventory: Inventory): readonly Problem[] {
  const layers: readonly Layer[] = [
    ...[...inventory.groups.values()].map(({ variables }) => variables),
    ...inventory.hosts.values(),
  ]
  const known: readonly string[] = Object.values(NAMES).flat()
  return layers.flatMap((layer) =>
    [...layer].flatMap(([name, variable]) => {
      if (!name.startsWith('ansible_') || known.includes(name) || IGNORED.test(name) || !('source' in variable))
        return []
      const hint = (Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined) ?? didYouMean(name, known)
      return [variable.source.problem(`unknown connection field "${name}"`, { what: 'key', hint })]
    }),
  )
}

function strongest(
  field: Field,
  layers: readonly Layer[],
  commandLine: Layer,
): { readonly variable: Variable; readonly written: string } | undefined {
  const names: readonly string[] = NAMES[field]
  // `-e user=…` may well be a variable of the playbook; Ansible's names cannot be anything else.
  const places = [{ layer: commandLine, names }, ...layers.map((layer) => ({ layer, names: [field, ...names] }))]
  for (const place of places) {
    for (const written of place.names) {
      const variable = place.layer.get(written)
      if (variable !== undefined) return { variable, written }
    }
  }
  return undefined
}

function shown(value: Json): string {
  return typeof value === 'object' ? kindOf(value) : JSON.stringify(value)
}

function text(value: Json): string | undefined {
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined
}

function port(value: Json): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number > 0 && number < 65_536 ? number : undefined
}

function list(value: Json): readonly string[] | undefined {
  const entries = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : []
  const hosts = entries.flatMap((entry: unknown) => (typeof entry === 'string' && entry.trim() ? [entry.trim()] : []))
  return hosts.length > 0 && hosts.length === entries.length ? hosts : undefined
}

function hostKey(value: Json): string | undefined {
  return typeof value === 'string' && /^(?:[\w@.-]+ [A-Za-z0-9+/]+=*(?: .*)?|SHA256:[A-Za-z0-9+/]{43}=?)$/.test(value)
    ? value
    : undefined
}

function connection(value: Json): HostAddress['connection'] | undefined {
  // What Ansible calls `ssh` is, without its program, ours.
  if (value === 'smart' || value === 'paramiko') return 'ssh'
  return value === 'ssh' || value === 'openssh' || value === 'local' ? value : undefined
}

function withoutUndefined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
