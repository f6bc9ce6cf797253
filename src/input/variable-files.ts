import { dirname, isAbsolute, join } from 'node:path'
import type { YamlFiles } from './files.ts'
import type { Problems } from './problems.ts'
import type { Source } from './source.ts'
import { defineFile, type Layer, type Variable } from './variables.ts'

/**
 * The files of `vars_files`, found beside the playbook; one layer each, the last named first because it is the
 * strongest.
 */
export function readVariableFiles(names: readonly Source[], files: YamlFiles, problems: Problems): readonly Layer[] {
  return names
    .map((name) => {
      const layer = new Map<string, Variable>()
      const written = String(name.value)
      const path = isAbsolute(written) ? written : join(dirname(name.file), written)
      const asked = (message: string, hint?: string) => name.problem(`vars_files: ${message}`, { hint })
      const file = problems.attempt(() => files.read(path, asked))
      if (file !== undefined) defineFile(file, layer, problems, { inventory: false })
      return layer
    })
    .toReversed()
}
