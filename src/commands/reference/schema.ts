import type { Resource } from '../../core/resource.ts'
import { inputSchema } from './fields.ts'

type Json = { readonly [key: string]: unknown }

// Any number or boolean may also be written as a template that gives one.
const TEMPLATE: Json = { type: 'string', pattern: '\\{\\{' }
const text: Json = { type: 'string' }
const flag: Json = { anyOf: [{ type: 'boolean' }, { enum: ['yes', 'no', 'on', 'off'] }, TEMPLATE] }
const texts: Json = { anyOf: [text, { type: 'array', items: text }] }
const mapping: Json = { type: 'object' }

const shared: Json = {
  name: { ...text, description: 'What the task is for; shown in every output.' },
  vars: { ...mapping, description: 'Variables of this task; they win over those of the play.' },
  when: {
    anyOf: [text, { type: 'boolean' }, { type: 'array', items: text }],
    description: 'Do it only if this holds.',
  },
  tags: { ...texts, description: 'Words for --tags and --skip-tags.' },
  become: { ...flag, description: 'Do it as root, or as become_user.' },
  become_user: { ...text, description: 'The user to become.' },
  no_log: { ...flag, description: 'Show neither parameters, output nor diffs.' },
  ignore_errors: { ...flag, description: 'Go on when it fails.' },
}

const keywords: Json = {
  ...shared,
  loop: { anyOf: [{ type: 'array' }, TEMPLATE], description: 'Do it once for each value, as `item`.' },
  loop_control: { ...mapping, description: '`loop_var`, `index_var`, `label`.' },
  register: { ...text, description: 'Keep the result under this name.' },
  notify: { ...texts, description: 'Handlers that run at the end of the play when this changed something.' },
  check: { ...flag, description: 'false: left out of checks. true: never applied.' },
}

/** `docs/playbook.schema.json` (draft 7, which yaml-language-server knows in full): completion and checks in editors. */
export function playbookSchema(resources: readonly Resource[]): Json {
  const definitions = Object.fromEntries(
    resources.map(({ name, summary, params }) => [name, definition(summary, inputSchema(params))]),
  )
  const byName = Object.fromEntries(resources.map(({ name }) => [name, { $ref: `#/definitions/${name}` }]))
  const tasks = { type: 'array', items: { $ref: '#/definitions/task' } }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A playbook, or a list of tasks, of provision',
    type: 'array',
    items: { anyOf: [{ $ref: '#/definitions/play' }, { $ref: '#/definitions/task' }] },
    definitions: {
      play: {
        type: 'object',
        required: ['hosts'],
        additionalProperties: false,
        properties: {
          name: text,
          hosts: { ...texts, description: 'Groups, hosts, globs, `!not`, `a:&b`.' },
          vars: mapping,
          vars_files: { type: 'array', items: text },
          variables: { enum: ['mail'], description: 'Check the variables of the mail playbooks.' },
          tasks,
          handlers: tasks,
          become: shared.become,
          become_user: text,
          connection: { enum: ['ssh', 'openssh', 'local'] },
          serial: { anyOf: [{ type: 'integer' }, text, { type: 'array' }], description: 'How many hosts at a time.' },
          any_errors_fatal: flag,
          gather_facts: flag,
          tags: texts,
        },
      },
      task: {
        type: 'object',
        additionalProperties: false,
        properties: {
          ...keywords,
          include: { ...text, description: 'A file of tasks.' },
          block: tasks,
          ...byName,
        },
        oneOf: [...resources.map(({ name }) => name), 'include', 'block'].map((name) => ({ required: [name] })),
      },
      ...definitions,
    },
  }
}

function definition(summary: string, schema: object): Json {
  const { $schema: _, ...rest } = schema as { $schema?: string }
  return { description: summary, ...(allowTemplates(rest) as Json) }
}

function allowTemplates(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(allowTemplates)
  if (schema === null || typeof schema !== 'object') return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, allowTemplates(value)]))
  const { description, ...rest } = inner as Json
  const takesText = rest.type === 'string' && rest.pattern === undefined && rest.format === undefined && !rest.enum
  const isLeaf =
    (typeof rest.type === 'string' && rest.type !== 'object') || rest.enum !== undefined || rest.const !== undefined
  if (!isLeaf || takesText) return inner
  return { ...(description === undefined ? {} : { description }), anyOf: [rest, TEMPLATE] }
}
