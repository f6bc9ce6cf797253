import type { z } from 'zod'
import type { Resource } from '../../core/resource.ts'
import { tests } from '../../input/expression-tests.ts'
import { functions } from '../../input/functions.ts'
import { blocks, helpers } from '../../input/helpers.ts'
import { type Field, fields } from './fields.ts'
import { findingTable } from './findings.ts'
import { GENERATED, table } from './table.ts'

/** `docs/resources.md`: every resource, from the schemas that validate it. */
export function resourcesPage(resources: readonly Resource[]): string {
  const list = resources
    .map(({ name, summary, findings }) => `- [\`${name}\`](#${name})${findings ? ' (probe)' : ''} — ${summary}`)
    .join('\n')
  const intro =
    'A task has exactly one of these keys. `provision doc NAME` prints the same in a terminal. A _probe_ looks and changes nothing: what it finds wrong is in [findings.md](findings.md), too.'
  return `${GENERATED}\n# Resources\n\n${intro}\n\n${list}\n\n${resources.map(resourceSection).join('\n')}`
}

/** One resource: what it is for, its parameters, examples. */
export function resourceSection(resource: Resource): string {
  const { name, summary, description, examples, params } = resource
  const parts = [
    `## ${name}`,
    summary,
    resource.findings ? 'A probe: it looks, and changes nothing.' : '',
    description?.trim() ?? '',
    fieldTable(fields(params)),
    `\`\`\`yaml\n${examples.trim()}\n\`\`\``,
    findingTable(resource),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

/** `docs/variables.md`: the public variables of the shipped playbooks. */
export function variablesPage(schema: z.ZodType): string {
  const intro =
    'The shipped mail playbooks read these variables, from the inventory or from `-e`. They are checked before any host is contacted; a wrong or missing one is reported at its place.'
  return `${GENERATED}\n# Variables of the mail playbooks\n\n${intro}\n\n${fieldTable(fields(schema))}\n`
}

/** `docs/templates.md`: what may stand in templates and conditions, from the tables that evaluate them. */
export function templatesPage(): string {
  const filters = [...functions.values()].map(({ usage, summary }) => [usage, summary])
  const onlyInTemplates = [...helpers.values()]
    .filter(({ name }) => !functions.has(name))
    .map(({ usage, summary }) => [usage, summary])
  return `${GENERATED}
# Templates and conditions

Templates are [Handlebars](https://handlebarsjs.com/guide/): \`{{ name }}\`, \`{{ helper value argument }}\`, \`{{ outer (inner value) }}\`, and blocks. They are strict: an unknown name is an error, also inside
\`#if\` and as an argument of a helper. A value that is exactly one \`{{ … }}\` keeps its type; a list or mapping in the middle of text is an error. They are rendered once: what a host answers is data and never a template.

Conditions (\`when\`, \`assert\`) are expressions: \`host.os.id == 'debian' and packages | length > 0\`. There are \`== != < <= > >=\`, \`in\`, \`not in\`, \`and\`, \`or\`, \`not\`, lists, \`a.b\`, \`a['b']\`, \`a[0]\`, filters behind \`|\` and tests behind \`is\`.
A condition must come to true or false, and only values of one type are compared.

## Functions

Each is a helper in templates, \`{{ join names ", " }}\`, and a filter in conditions, \`names | join(', ')\`.

${usageTable(filters)}

## Only in templates

${usageTable([...onlyInTemplates, ...[...blocks.values()].map(({ usage, summary }) => [usage, summary])])}

## Tests in conditions

\`x is defined\`, \`x is not defined\`: ${[...tests.keys()].map((name) => `\`${name}\``).join(', ')}.

## Facts

Read from each host in the first trip, as \`host.NAME\`; \`provision facts\` prints them.

${usageTable(facts)}
`
}

const facts = [
  ['os.id, os.version, os.codename', 'ID, VERSION_ID and VERSION_CODENAME of os-release(5).'],
  ['arch, kernel', 'As uname(1) prints them: `x86_64`, `6.1.0-30-amd64`.'],
  ['hostname, fqdn', 'The short name, and the full one as /etc/hosts has it.'],
  ['addresses.ipv4, addresses.ipv6', 'The first address of each kind that is not local, or none.'],
  ['addresses.all', 'All addresses that are not local.'],
  ['interfaces.NAME.ipv4, .ipv6', 'Lists of addresses with prefix lengths.'],
  ['default_interface', 'The interface of the IPv4 default route, or none.'],
  ['memory', 'MiB of memory.'],
  ['python', 'Path of python3, or none. Nothing needs it.'],
  ['init, virt', 'The first process, and systemd-detect-virt(1).'],
]

function usageTable(rows: readonly (readonly (string | undefined)[])[]): string {
  return table(
    ['', ''],
    rows.map(([usage = '', summary = '']) => [`\`${usage}\``, summary]),
  )
}

function fieldTable(rows: readonly Field[]): string {
  if (rows.length === 0) return ''
  const cells = rows.map(({ name, type, required, default: value, description }) => {
    return [`\`${name}\``, type, required ? 'required' : value === undefined ? '' : `\`${value}\``, description]
  })
  return table(['name', 'type', 'default', ''], cells)
}
