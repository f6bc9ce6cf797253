import { dirname } from 'node:path'
import type { z } from 'zod'
import type { Resource } from '../core/resource.ts'
import type { HostAddress, Play } from '../core/task.ts'
import { type ConnectionFields, readConnection, unknownConnectionNames } from './connection.ts'
import { readExtraVariables } from './extra-variables.ts'
import { type OnFile, YamlFiles } from './files.ts'
import { type HostPlayOptions, type MadeHostPlay, makeHostPlay } from './host-play.ts'
import { inventoryVariables, playVariables, reportLayerSecrets, type Surroundings } from './host-variables.ts'
import { limitHosts, playHosts } from './hosts.ts'
import type { Inventory } from './inventory.ts'
import { readInventory } from './inventory-sources.ts'
import { LocalFiles } from './local-file.ts'
import { outlinePlay, type PlayOutline } from './outline.ts'
import { checkParams } from './params.ts'
import type { PlaySource } from './play-source.ts'
import { readPlaybook } from './playbook.ts'
import { Problems } from './problems.ts'
import { PromptsError, withAnswers } from './prompts.ts'
import { type HostVariables, Scope } from './scope.ts'
import { selectTags, tagsIn, unknownTags } from './tags.ts'
import { TaskReader } from './task-reader.ts'
import { broughtBy, type TaskNode, tasksIn } from './task-tree.ts'
import { VariableLookup } from './variable-lookup.ts'
import { type CompletedVariables, VariableSet } from './variable-set.ts'

/** Where an inventory comes from and which part of it is meant: enough to reach hosts without a playbook. */
export interface HostOptions {
  /** What `-i` was given: files, directories, or comma lists such as `mx1,mx2,`. */
  readonly inventory: readonly string[]
  /** The pattern of `--limit`; `@FILE` lists host names. */
  readonly limit?: string | undefined
  /** Login user of `-u`; wins over the inventory. */
  readonly user?: string | undefined
  /** What `-e` was given: `name=value`, a JSON object, or `@FILE`. */
  readonly extraVariables: readonly string[]
  /** The texts of encrypted files, by path. */
  readonly decrypted?: ReadonlyMap<string, string> | undefined
  /** Hears every value of encrypted files and under a variable named `secrets`, so that it can be masked. */
  readonly onSecret?: ((value: string) => void) | undefined
  readonly onFile?: OnFile | undefined
}

export interface LoadOptions extends HostOptions {
  /** The path of a playbook. */
  readonly playbook: string
  /** What the user said when asked, by the name of the variable; `later`: it is enough to know that there will be something. */
  readonly answers?: ReadonlyMap<string, string> | 'later' | undefined
  /** `--tags` and `--skip-tags`; empty lists select everything. */
  readonly tags: readonly string[]
  readonly skipTags: readonly string[]
  readonly resources: ReadonlyMap<string, Resource>
  /** Directories in which files are looked for last: what is shipped. */
  readonly searchDirectories: { readonly tasks?: readonly string[]; readonly templates?: readonly string[] }
  /** Schemas that a play may ask for with `variables: NAME`. */
  readonly variableSets: { readonly [name: string]: z.ZodType }
  /** `-b`: become this user where neither playbook nor inventory say anything. */
  readonly become?: { readonly user: string } | undefined
}

export interface Loaded {
  readonly plays: readonly Play[]
  /** Every host of every play, once, in inventory order. */
  readonly hosts: readonly HostAddress[]
  readonly inventory: Inventory
  /** The plays as `--list-tasks` shows them. */
  describe(): readonly PlayOutline[]
}

/**
 * The hosts of an inventory, for commands that need no playbook.
 *
 * @throws {InputError} with every mistake found. @throws {SealedFilesError} where encrypted files have to be decrypted.
 */
export function loadHosts(options: HostOptions): readonly HostAddress[] {
  const files = new YamlFiles(options)
  return files.unsealed(() => readHosts(options, files))
}

function readHosts(options: HostOptions, files: YamlFiles): readonly HostAddress[] {
  const problems = new Problems()
  const around = readSurroundings(options, undefined, files, problems)
  problems.throwIfAny()
  const chosen = limitHosts(options.limit, around.inventory, problems) ?? new Set(around.inventory.hosts.keys())
  if (problems.count === 0 && chosen.size === 0) problems.add({ message: 'the inventory has no hosts' })
  problems.throwIfAny()
  const hosts = [...chosen].flatMap((host) => problems.attempt(() => [reach(host, around, options.user)]) ?? [])
  problems.throwIfAny()
  return hosts.map(({ connection }) => connection.address)
}

/**
 * Reads inventory, playbook and everything that they name, and checks it all as far as that can be done without a host.
 *
 * @throws {InputError} with every mistake found. @throws {SealedFilesError} where encrypted files have to be decrypted.
 * @throws {PromptsError} when all is well, and the user is to be asked for variables.
 */
export function load(options: LoadOptions): Loaded {
  const files = new YamlFiles(options)
  return files.unsealed(() => readAll(options, files))
}

function readAll(options: LoadOptions, files: YamlFiles): Loaded {
  const problems = new Problems()
  const around = readSurroundings(options, dirname(options.playbook), files, problems)
  // Hosts and groups that a broken inventory lost would be reported as unknown wherever they are named.
  const patterns = problems.count === 0 ? problems : new Problems()
  const plays = readPlays(options, files, problems)
  const limit = limitHosts(options.limit, around.inventory, patterns)
  const found = plays.map((play) => ({
    play,
    hosts: playHosts(play.hosts, around.inventory, patterns).filter((host) => limit?.has(host) ?? true),
  }))
  const { chosen, missing } = withAnswers(found, options.answers, around)
  if (problems.count === 0 && chosen.every(({ hosts }) => hosts.length === 0)) {
    problems.add({ message: `--limit ${options.limit}: no play of ${options.playbook} is for these hosts` })
  }
  // What a broken file defines would be reported as unknown all over the place.
  if (files.failed) problems.throwIfAny()
  const made = makePlays(chosen, around, options, problems)
  problems.throwIfAny()
  if (missing.length > 0) throw new PromptsError(missing)
  const addresses = new Map(made.flatMap(({ hosts }) => hosts.map(({ hostPlay: { host } }) => [host.name, host])))
  const { inventory } = around
  return {
    plays: made.map(toPlay),
    hosts: [...new Set([...inventory.hosts.keys(), ...addresses.keys()])].flatMap((name) => addresses.get(name) ?? []),
    inventory,
    describe: () => made.map(({ play, hosts }) => outlinePlay(play, hosts)),
  }
}

/** A play with the hosts that it is for. */
interface MadePlay {
  readonly play: PlaySource
  readonly hosts: readonly MadeHostPlay[]
}

interface Reached {
  readonly connection: ConnectionFields
  readonly variables: HostVariables
}

function readSurroundings(
  options: HostOptions,
  playbookDirectory: string | undefined,
  files: YamlFiles,
  problems: Problems,
): Surroundings {
  const onSecret = options.onSecret ?? (() => undefined)
  const commandLine = readExtraVariables(options.extraVariables, files, problems)
  // A slip on the command line is told alone: without those variables, half the playbook would look wrong.
  problems.throwIfAny()
  const inventory = readInventory(options.inventory, playbookDirectory, files, problems)
  problems.add(...unknownConnectionNames(inventory))
  const groups = [...inventory.groups.values()].map(({ variables }) => variables)
  reportLayerSecrets([commandLine, ...groups, ...inventory.hosts.values()], onSecret)
  return { inventory, commandLine, onSecret }
}

function readPlays(options: LoadOptions, files: YamlFiles, problems: Problems): readonly PlaySource[] {
  const { playbook, resources, searchDirectories, variableSets, onSecret } = options
  const reader = new TaskReader(files, resources, searchDirectories.tasks ?? [], problems)
  const file = problems.attempt(() => files.read(playbook))
  const plays = file === undefined ? [] : readPlaybook(file, files, reader, Object.keys(variableSets), problems)
  for (const play of plays) {
    for (const node of tasksIn([...play.tasks, ...play.handlers, ...play.batchCheck])) checkParams(node, problems)
    if (onSecret) reportLayerSecrets([play.variables, ...play.fileLayers], onSecret)
  }
  const tags = plays.flatMap((play) => [...play.tags, ...tagsIn(play.tasks)])
  if (!files.failed) problems.add(...unknownTags(options, new Set(tags)))
  return plays
}

/** How to reach a host, and its variables as far as they do not depend on a play. @throws {InputError} */
function reach(host: string, around: Surroundings, user: string | undefined): Reached {
  const variables = inventoryVariables(host, around)
  const lookup = new VariableLookup(new Scope(variables), { position: 0 })
  return { variables, connection: readConnection(host, around.inventory, around.commandLine, lookup, user) }
}

function makePlays(
  chosen: readonly { readonly play: PlaySource; readonly hosts: readonly string[] }[],
  around: Surroundings,
  options: LoadOptions,
  problems: Problems,
): readonly MadePlay[] {
  const reached = new Map<string, Reached>()
  for (const host of new Set(chosen.flatMap(({ hosts }) => hosts))) {
    const found = problems.attempt(() => reach(host, around, options.user))
    if (found !== undefined) reached.set(host, found)
  }
  const files = new LocalFiles(dirname(options.playbook), options.searchDirectories.templates ?? [], options.onFile)
  // Results and set variables live through a whole run: a later play of the same host can use them.
  const earlier = new Map([...reached.keys()].map((host) => [host, new Set<string>()]))
  const made: MadePlay[] = []
  for (const { play: whole, hosts } of chosen) {
    const leftOut: TaskNode[] = []
    const play = { ...whole, tasks: selectTags(whole.tasks, whole.tags, options, leftOut) }
    const set = setOf(play, options, problems)
    const before = problems.count
    const ready = hosts.flatMap((host) => {
      const found = reached.get(host)
      if (found === undefined) return []
      const names = earlier.get(host) ?? new Set()
      const variablesWith = (completed?: CompletedVariables): HostVariables =>
        playVariables(found.variables, play, names, completed)
      const variables = variablesWith(set?.complete(host, (completed) => new Scope(variablesWith(completed))))
      return [{ ...found, variables, names }]
    })
    set?.reportMissing()
    // Tasks that use a wrong variable would only repeat what is wrong with it.
    if (problems.count > before) continue
    const hostPlays = ready.map(({ names, ...found }) => {
      const hostOptions: HostPlayOptions = { ...found, become: options.become?.user, files, leftOut }
      const hostPlay = makeHostPlay(play, hostOptions, problems)
      for (const node of tasksIn([...play.tasks, ...play.handlers])) for (const name of broughtBy(node)) names.add(name)
      return hostPlay
    })
    if (hostPlays.length > 0) made.push({ play, hosts: hostPlays })
  }
  return made
}

function setOf(
  { variableSet }: PlaySource,
  { variableSets }: LoadOptions,
  problems: Problems,
): VariableSet | undefined {
  const name = String(variableSet?.value)
  const schema = Object.hasOwn(variableSets, name) ? variableSets[name] : undefined
  return variableSet && schema && new VariableSet(variableSet, schema, problems)
}

function toPlay({ play, hosts }: MadePlay): Play {
  const { name, source, serial, anyErrorsFatal, maxFailPercentage, confirm } = play
  const rolling = { serial, anyErrorsFatal, maxFailPercentage }
  return { name, place: source.place(), hosts: hosts.map(({ hostPlay }) => hostPlay), ...rolling, confirm }
}
