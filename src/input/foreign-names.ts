import type { Resource } from '../core/resource.ts'

/** Ansible's collections: what follows is the name that matters. */
const COLLECTION = /^(?:ansible\.(?:builtin|legacy|posix|netcommon)|community\.(?:general|crypto))\./

/** Modules of Ansible and the resource that does their work here. */
const RESOURCES: { readonly [module: string]: string } = {
  apt: 'packages',
  package: 'packages',
  yum: 'packages',
  dnf: 'packages',
  apk: 'packages',
  apt_key: 'apt_repository',
  deb822_repository: 'apt_repository',
  shell: 'command',
  raw: 'command',
  win_shell: 'command',
  systemd: 'service',
  systemd_service: 'service',
  sysvinit: 'service',
  lineinfile: 'line',
  blockinfile: 'block',
  replace: 'line',
  set_fact: 'set',
  wait_for_connection: 'wait_for',
  known_hosts: 'command',
  locale_gen: 'locale',
  cronvar: 'cron',
  get_url: 'command',
  uri: 'command',
  unarchive: 'command',
  stat: 'command',
}

/** Keys of Ansible that have another name here, or no place. */
const KEYS: { readonly [key: string]: string } = {
  include_tasks: 'here it is "include"',
  import_tasks: 'here it is "include"',
  include_role: 'there are no roles: put the tasks in a file and write "include: FILE"',
  import_role: 'there are no roles: put the tasks in a file and write "include: FILE"',
  roles: 'there are no roles: put the tasks in a file and write "include: FILE"',
  pre_tasks: 'put them first in "tasks"',
  post_tasks: 'put them last in "tasks"',
  include_vars: 'use "vars_files" of the play',
  setup: 'facts come for free, under "host"',
  gather_facts: 'facts come for free, under "host"',
  meta: 'handlers run at the end of the play',
  with_items: 'here it is "loop"',
  with_dict: 'here it is "loop": values of a mapping come as item.key and item.value',
  with_list: 'here it is "loop"',
  check_mode: 'here it is "check"',
  delegate_to: 'a task runs on its own host: give the other host a play of its own',
  local_action: 'give the controller a play of its own: hosts: localhost',
  run_once: 'choose one host in "hosts", such as mail[0]',
  args: 'put them under the resource itself',
  listen: 'name the handler in "notify"',
  rescue: 'use "ignore_errors" and a later task with "when"',
  always: 'a failed task ends the play of its host; use "ignore_errors" where it should go on',
  changed_when: 'what changed is found out by reading it back',
  failed_when: 'use "register", "ignore_errors" and the resource "fail" with "when"',
  until: 'use the resource "wait_for"',
  retries: 'use the resource "wait_for"',
  delay: 'use the resource "wait_for"',
  environment: 'set it in the command itself',
  strategy: 'hosts run independently of each other',
}

/** What a key of Ansible is called here, as a hint; nothing for other words. */
export function foreignHint(key: string, resources: ReadonlyMap<string, Resource>): string | undefined {
  const name = key.replace(COLLECTION, '')
  if (name !== key && resources.has(name)) return `here it is "${name}"`
  const resource = Object.hasOwn(RESOURCES, name) ? RESOURCES[name] : undefined
  if (resource !== undefined && resources.has(resource)) return `here it is "${resource}"`
  return Object.hasOwn(KEYS, name) ? KEYS[name] : undefined
}
