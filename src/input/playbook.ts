import { dirname, join } from 'node:path'
import { didYouMean } from '../core/error.ts'
import { Fields } from './fields.ts'
import type { YamlFiles } from './files.ts'
import { foreignHint } from './foreign-names.ts'
import { readLayer, readTags } from './keywords.ts'
import { isMapping } from './lookup.ts'
import type { PlaySource } from './play-source.ts'
import type { Problems } from './problems.ts'
import { readPrompts } from './prompts.ts'
import { ROLLING_KEYS, readRolling } from './rolling.ts'
import { kindOf, type Source } from './source.ts'
import type { TaskReader } from './task-reader.ts'
import { type TaskNode, tasksIn } from './task-tree.ts'
import { hasTemplate } from './template.ts'
import { readVariableFiles } from './variable-files.ts'

const PLAY_KEYS = [
  'name',
  'hosts',
  'vars',
  'vars_files',
  'vars_prompt',
  'variables',
  'tasks',
  'handlers',
  'become',
  'become_user',
  ...ROLLING_KEYS,
  'confirm',
  'tags',
  'gather_facts',
  'connection',
]

const CONNECTIONS = ['ssh', 'openssh', 'local'] as const

/** Reads a playbook: a list of plays, and of playbooks that it imports. Mistakes go to `problems`. */
export function readPlaybook(
  file: Source,
  files: YamlFiles,
  tasks: TaskReader,
  variableSets: Iterable<string>,
  problems: Problems,
  importing: readonly string[] = [file.file],
): readonly PlaySource[] {
  if (!Array.isArray(file.value)) {
    const message = `a playbook is a list of plays, this is ${kindOf(file.value)}`
    problems.add(file.problem(message, { hint: 'begin each play with "- name: …" and "hosts: …"' }))
    return []
  }
  const sets = [...variableSets]
  return file.items().flatMap((play) => {
    if (!isMapping(play.value)) problems.add(play.problem(`expected a play, got ${kindOf(play.value)}`))
    else if (play.at('import_playbook').value === null) return [readPlay(play, files, tasks, sets, problems)]
    else
      return imported(play, importing, files, problems, (found, path) =>
        readPlaybook(found, files, tasks, sets, problems, [...importing, path]),
      )
    return []
  })
}

/** The plays of another playbook in the place of an entry; its tags are added to those of each play. */
function imported(
  entry: Source,
  importing: readonly string[],
  files: YamlFiles,
  problems: Problems,
  read: (file: Source, path: string) => readonly PlaySource[],
): readonly PlaySource[] {
  const fields = new Fields(entry, problems)
  fields.allowOnly(['import_playbook', 'name', 'tags'], () => undefined)
  const named = entry.at('import_playbook')
  const path = join(dirname(named.file), String(fields.string('import_playbook') ?? ''))
  if (importing.includes(path)) {
    problems.add(named.problem(`import_playbook: the playbook imports itself: ${[...importing, path].join(' → ')}`))
    return []
  }
  const asked = (message: string, hint?: string) => named.problem(`import_playbook: ${message}`, { hint })
  const file = problems.attempt(() => files.read(path, asked))
  const tags = readTags(fields)
  return (file === undefined ? [] : read(file, path)).map((play) => ({ ...play, tags: [...tags, ...play.tags] }))
}

function readPlay(
  source: Source,
  files: YamlFiles,
  tasks: TaskReader,
  sets: readonly string[],
  problems: Problems,
): PlaySource {
  const fields = new Fields(source, problems)
  fields.allowOnly(PLAY_KEYS, (key) => foreignHint(key, new Map()) ?? taskKey(key, source))
  const hosts = fields.strings('hosts')
  if (!fields.has('hosts')) problems.add(source.problem('this play needs "hosts"', { hint: 'hosts: all' }))
  else if (hosts.length === 0 && fields.get('hosts') === undefined)
    problems.add(source.at('hosts').problem('hosts is empty'))
  const variables = fields.get('variables')
  if (variables !== undefined && !sets.includes(String(variables.value))) {
    const hint = didYouMean(String(variables.value), sets) ?? `there is ${sets.join(', ') || 'none'}`
    problems.add(variables.problem(`variables: no set is named "${String(variables.value)}"`, { hint }))
  }
  fields.boolean('gather_facts')
  const play = {
    source,
    name: fields.string('name') ?? hosts.map(({ value }) => value).join(','),
    hosts,
    variables: readLayer(fields.mapping('vars'), problems),
    fileLayers: readVariableFiles(fields.strings('vars_files'), files, problems),
    prompts: readPrompts(fields.get('vars_prompt'), problems),
    variableSet: variables,
    tasks: tasks.read(source.at('tasks')),
    handlers: tasks.read(source.at('handlers')),
    become: fields.boolean('become'),
    becomeUser: fields.string('become_user') === undefined ? undefined : fields.get('become_user'),
    ...readRolling(fields, tasks, problems),
    confirm: readConfirm(fields, problems),
    tags: readTags(fields),
    connection: readConnection(fields, problems),
  }
  checkHandlers(play, problems)
  return play
}

function taskKey(key: string, source: Source): string | undefined {
  return isMapping(source.at(key).value) && source.at('hosts').value === null ? 'this looks like a task' : undefined
}

/** Every handler has a name of its own, and every `notify` names one. */
function checkHandlers(play: PlaySource, problems: Problems): void {
  const handlers = new Map<string, TaskNode>()
  for (const handler of tasksIn(play.handlers)) {
    const { name, source } = handler
    if (name === undefined) problems.add(source.problem('this handler needs a "name" for "notify"'))
    else if (handlers.has(name)) problems.add(source.at('name').problem(`a second handler is named "${name}"`))
    else handlers.set(name, handler)
  }
  for (const { notify } of [...tasksIn(play.tasks), ...handlers.values()]) {
    for (const source of notify) {
      const name = String(source.value)
      if (handlers.has(name)) continue
      const near = didYouMean(name, handlers.keys())
      const none = handlers.size === 0 ? 'the play has no handlers' : `the play has ${[...handlers.keys()].join(', ')}`
      problems.add(source.problem(`no handler is named "${name}"`, { hint: near ?? none }))
    }
  }
}

function readConfirm(fields: Fields, problems: Problems): string | undefined {
  const text = fields.string('confirm')
  if (text !== undefined && hasTemplate(text)) {
    const hint = 'write plain text; the names of the hosts are shown with it'
    problems.add(fields.source.at('confirm').problem('confirm is asked once for all hosts: no templates', { hint }))
  }
  return text
}

function readConnection(fields: Fields, problems: Problems): PlaySource['connection'] {
  const name = fields.string('connection')
  const found = CONNECTIONS.find((connection) => connection === name)
  if (name !== undefined && found === undefined) {
    const message = `connection: "${name}" is none of ${CONNECTIONS.join(', ')}`
    problems.add(fields.source.at('connection').problem(message, { hint: didYouMean(name, CONNECTIONS) }))
  }
  return found
}
