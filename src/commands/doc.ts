import { didYouMean } from '../core/error.ts'
import { mailVariables } from '../mail/variables.ts'
import { resources } from '../resources/index.ts'
import { UsageError } from './options.ts'
import { resourceSection, templatesPage, variablesPage } from './reference/pages.ts'
import { playbookSchema } from './reference/schema.ts'

/** `provision doc [NAME]`: the list of resources, one resource, or `variables`. */
export function doc(name: string | undefined): number {
  process.stdout.write(name === undefined ? list() : page(name))
  return 0
}

/** `provision schema`: the JSON schema of playbooks, for editors. */
export function schema(): number {
  process.stdout.write(`${JSON.stringify(playbookSchema(resources), undefined, 2)}\n`)
  return 0
}

function list(): string {
  const width = Math.max(...resources.map(({ name }) => name.length))
  const lines = resources.map(({ name, summary }) => `${name.padEnd(width)}  ${summary}`)
  return `${lines.join('\n')}\n\nprovision doc NAME tells more; provision doc variables lists those of the mail playbooks, provision doc templates what templates and conditions can do.\n`
}

function page(name: string): string {
  if (name === 'variables') return variablesPage(mailVariables)
  if (name === 'templates') return templatesPage()
  const resource = resources.find((candidate) => candidate.name === name)
  if (resource) return `${resourceSection(resource).trimEnd()}\n`
  const names = [...resources.map((candidate) => candidate.name), 'variables', 'templates']
  throw new UsageError(`there is no resource "${name}"`, didYouMean(name, names) ?? '`provision doc` lists them.')
}
