import type { ValueFunction } from './function.ts'
import { dataFunctions } from './functions-data.ts'
import { environmentFunctions } from './functions-environment.ts'
import { textFunctions } from './functions-text.ts'

/** What expressions offer as filters and templates as helpers, by name. */
export const functions: ReadonlyMap<string, ValueFunction> = new Map(
  [...dataFunctions, ...textFunctions, ...environmentFunctions].map((entry) => [entry.name, entry]),
)
