import { ArgumentError, text, type ValueFunction } from './function.ts'

/** What the environment of this program has to say: the place where a build service keeps its secrets. */
export const environmentFunctions: readonly ValueFunction[] = [
  {
    name: 'env',
    usage: 'env NAME [OTHERWISE]',
    summary:
      'A variable of the environment in which provision runs, masked like a secret; OTHERWISE where it is not set.',
    secret: true,
    apply: (value, otherwise) => {
      const name = text(value)
      const found = process.env[name] ?? otherwise
      if (found !== undefined) return found
      throw new ArgumentError(
        `${name} is not set in the environment`,
        `export ${name}=…, or give a default: env '${name}' '…'`,
      )
    },
  },
]
