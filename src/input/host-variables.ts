import { dirname } from 'node:path'
import type { Inventory } from './inventory.ts'
import type { PlaySource } from './play-source.ts'
import { RuntimeNames } from './runtime-names.ts'
import type { HostVariables } from './scope.ts'
import { selectedTags } from './tags.ts'
import type { CompletedVariables } from './variable-set.ts'
import { builtIn, type Layer, reportSecrets } from './variables.ts'

/** What is the same for all hosts and plays. */
export interface Surroundings {
  readonly inventory: Inventory
  readonly commandLine: Layer
  readonly onSecret: (value: string) => void
}

/** The variables of a host as the inventory has them: enough to find out how to reach it. */
export function inventoryVariables(host: string, { inventory, commandLine, onSecret }: Surroundings): HostVariables {
  const groups = inventory.groupsOf(host).map(({ name }) => name)
  return {
    fixed: builtIn(host, groups, inventory.members(), undefined),
    commandLine,
    layers: inventory.layersOf(host).toReversed(),
    replaced: new Map(),
    runtimeNames: new RuntimeNames(),
    cache: new Map(),
    onSecret,
  }
}

/** The variables of a host in a play whose tasks the tags have chosen. `earlier` are run-time names from the plays before. */
export function playVariables(
  inInventory: HostVariables,
  play: PlaySource,
  earlier: Iterable<string>,
  completed: CompletedVariables = { replaced: new Map(), defaults: new Map() },
): HostVariables {
  return {
    ...inInventory,
    fixed: new Map([
      ...inInventory.fixed,
      ['playbook_dir', { data: dirname(play.source.file) }],
      ['selected_tags', { data: selectedTags(play.tasks, play.tags) }],
    ]),
    layers: [play.variables, ...play.fileLayers, ...inInventory.layers, completed.defaults],
    replaced: completed.replaced,
    runtimeNames: new RuntimeNames(earlier),
    cache: new Map(),
  }
}

/**
 * Hands over every secret of a layer that needs no rendering: also those that no task uses may turn up in a host's
 * output.
 */
export function reportLayerSecrets(layers: Iterable<Layer>, onSecret: (value: string) => void): void {
  for (const layer of layers) {
    const secrets = layer.get('secrets')
    if (secrets !== undefined && 'source' in secrets) reportSecrets(secrets.source.value, onSecret)
  }
}
