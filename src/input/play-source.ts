import type { HostAddress } from '../core/task.ts'
import type { Prompt } from './prompts.ts'
import type { Rolling } from './rolling.ts'
import type { Source } from './source.ts'
import type { Node } from './task-tree.ts'
import type { Layer } from './variables.ts'

/** A play as its file has it, the same for every host. */
export interface PlaySource extends Rolling {
  readonly source: Source
  readonly name: string
  /** The patterns that choose its hosts. */
  readonly hosts: readonly Source[]
  readonly variables: Layer
  /** One layer for each of `vars_files`, strongest first. */
  readonly fileLayers: readonly Layer[]
  /** What the user is asked for: stronger than its variables. */
  readonly prompts: readonly Prompt[]
  /** The name of the set that its variables must fit. */
  readonly variableSet: Source | undefined
  readonly tasks: readonly Node[]
  readonly handlers: readonly Node[]
  readonly become: boolean | undefined
  readonly becomeUser: Source | undefined
  /** What the user has to agree to. */
  readonly confirm: string | undefined
  readonly tags: readonly string[]
  readonly connection: HostAddress['connection'] | undefined
}
