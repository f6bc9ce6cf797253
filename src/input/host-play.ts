import type { Handler, HostPlay } from '../core/task.ts'
import type { ConnectionFields } from './connection.ts'
import { type HostTask, HostTasks, type Inherited } from './host-tasks.ts'
import type { LocalFiles } from './local-file.ts'
import type { PlaySource } from './play-source.ts'
import type { Problems } from './problems.ts'
import { type HostVariables, Scope } from './scope.ts'
import { type MadeTask, makeTask } from './task.ts'
import { broughtBy, type TaskNode } from './task-tree.ts'

/** A play of one host for the engine, with what `--list-tasks` wants to know of it. */
export interface MadeHostPlay {
  readonly hostPlay: HostPlay
  readonly tasks: readonly { readonly hostTask: HostTask; readonly made: MadeTask }[]
}

export interface HostPlayOptions {
  readonly variables: HostVariables
  readonly connection: ConnectionFields
  /** The user of `-b`, where neither play nor inventory say anything. */
  readonly become: string | undefined
  readonly files: LocalFiles
  /** Tasks that the tags leave out: using what they register is worth a message of its own. */
  readonly leftOut: readonly TaskNode[]
}

/** Makes every task of a play for one host, and finds what is wrong with it before anything is contacted. */
export function makeHostPlay(play: PlaySource, options: HostPlayOptions, problems: Problems): MadeHostPlay {
  const { variables, connection, files, leftOut } = options
  for (const node of leftOut) {
    for (const name of broughtBy(node)) variables.runtimeNames.addLeftOut(name, node.source.place())
  }
  const scope = new Scope(variables)
  const bound = new HostTasks(problems)
  const inherited: Inherited = {
    scope,
    conditions: [],
    tags: play.tags,
    become: play.become,
    becomeUser: bound.becomeUser(play.becomeUser, scope),
    noLog: false,
    ignoreErrors: false,
    check: undefined,
    guard: undefined,
    timeout: undefined,
  }
  bound.add(play.tasks, inherited)
  const count = bound.tasks.length
  bound.add(play.handlers, inherited)
  const called = bound.tasks.length
  bound.add(play.batchCheck, inherited)
  const made = bound.tasks.map((hostTask) => {
    const task = makeTask(hostTask, files, userFor(hostTask, connection, options.become))
    problems.add(...task.problems)
    return { hostTask, made: task }
  })
  const tasks = made.slice(0, count)
  const handlers: readonly Handler[] = made
    .slice(count, called)
    .map(({ made: { task } }) => ({ name: task.name, task }))
  const address =
    play.connection === undefined ? connection.address : { ...connection.address, connection: play.connection }
  const batchCheck = made.slice(called).map((entry) => entry.made.task)
  return { hostPlay: { host: address, tasks: tasks.map((entry) => entry.made.task), handlers, batchCheck }, tasks }
}

/** The user whom a task becomes: what the playbook says counts first, then the inventory, then the command line. */
function userFor(task: HostTask, connection: ConnectionFields, commandLine: string | undefined): string | undefined {
  const isWanted = task.become ?? connection.become ?? commandLine !== undefined
  if (!isWanted) return undefined
  const user = task.becomeUser ?? connection.becomeUser ?? commandLine ?? 'root'
  // Who logs in as the user has become it already, and a bare host may have no sudo.
  return user === connection.address.user ? undefined : user
}
