import type { Resource } from '../../core/resource.ts'
import { definition, FLAG, type JsonSchema, orNothing, TEMPLATE } from './definition.ts'

const text: JsonSchema = { type: ['string', 'number'] }
const texts: JsonSchema = { anyOf: [text, { type: 'array', items: text }] }
const mapping: JsonSchema = { type: 'object' }
const condition: JsonSchema = { type: ['string', 'boolean'] }
const span: JsonSchema = {
  anyOf: [
    { type: 'number', exclusiveMinimum: 0 },
    { type: 'string', pattern: '^\\d+(\\.\\d+)?[smhd]?$' },
  ],
}
const share: JsonSchema = {
  anyOf: [
    { type: 'integer', minimum: 1 },
    { type: 'string', pattern: '^\\d+%$' },
  ],
}
const tasks: JsonSchema = { type: 'array', items: { $ref: '#/definitions/task' } }

const shared: JsonSchema = optional({
  name: { ...text, description: 'What the task is for; shown in every output.' },
  vars: { ...mapping, description: 'Variables of this task; they win over those of the play.' },
  when: { anyOf: [condition, { type: 'array', items: condition }], description: 'Do it only if this holds.' },
  tags: { ...texts, description: 'Words for --tags and --skip-tags.' },
  become: { ...FLAG, description: 'Do it as root, or as become_user.' },
  become_user: { ...text, description: 'The user to become.' },
  no_log: { ...FLAG, description: 'Show neither parameters, output nor diffs.' },
  ignore_errors: { ...FLAG, description: 'Go on when it fails.' },
  timeout: { ...span, description: 'What its changes may take; then everything that they started is ended.' },
  check: { ...FLAG, description: 'false: left out of checks. true: never applied.' },
  guard: {
    anyOf: [
      FLAG,
      {
        ...mapping,
        additionalProperties: false,
        properties: optional({
          timeout: { ...span, description: 'What each change, and the proof behind the last one, may take: 60 s.' },
          restore: { ...texts, description: 'Shell text for the host, after its files are back.' },
        }),
      },
    ],
    description: 'The host puts it all back unless a new connection proves that it can be reached.',
  },
})

const keywords: JsonSchema = {
  ...shared,
  ...optional({
    loop: {
      anyOf: [{ type: 'array' }, mapping, TEMPLATE],
      description: 'Do it once for each value, as `item`; for each entry of a mapping, as `item.key` and `item.value`.',
    },
    loop_control: {
      ...mapping,
      additionalProperties: false,
      properties: optional({
        loop_var: { ...text, description: 'The name of the value, instead of `item`.' },
        index_var: { ...text, description: 'A name for its number, from 0.' },
        label: { description: 'What tells the items apart in outputs, instead of the value.' },
      }),
      description: 'How the loop names its values.',
    },
    register: { ...text, description: 'Keep the result under this name.' },
    notify: { ...texts, description: 'Handlers that run at the end of the play when this changed something.' },
  }),
}

const play: JsonSchema = {
  type: 'object',
  required: ['hosts'],
  additionalProperties: false,
  properties: {
    hosts: { ...texts, description: 'Groups, hosts, globs, `!not`, `a:&b`.' },
    ...optional({
      name: text,
      vars: mapping,
      vars_files: texts,
      vars_prompt: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name'],
          additionalProperties: false,
          properties: {
            name: { type: 'string' },
            ...optional({
              prompt: text,
              private: { ...FLAG, description: 'Hidden while it is typed, and masked in all output; default: true.' },
              default: text,
              confirm: { ...FLAG, description: 'It is typed twice.' },
            }),
          },
        },
        description: 'Variables that the user is asked for, once a run, on a terminal only.',
      },
      variables: { enum: ['mail'], description: 'Check the variables of the mail playbooks.' },
      tasks,
      handlers: tasks,
      become: FLAG,
      become_user: text,
      connection: {
        enum: ['ssh', 'openssh', 'local'],
        description: 'How the hosts are reached, whatever the inventory says.',
      },
      serial: { anyOf: [share, { type: 'array', items: share }], description: 'How many hosts at a time.' },
      any_errors_fatal: { ...FLAG, description: 'Any failure ends the run on all hosts.' },
      max_fail_percentage: {
        type: 'number',
        minimum: 0,
        maximum: 100,
        description: 'The run ends behind a batch of which more than this share failed.',
      },
      batch_check: {
        ...tasks,
        description: 'Has to hold on each host of a batch at its end; else the run ends there.',
      },
      confirm: {
        type: 'string',
        description: 'Asked before anything begins, unless --yes is given; checks never ask.',
      },
      gather_facts: { ...FLAG, description: 'Has no effect: facts come in any case.' },
      tags: texts,
    }),
  },
}

const imported: JsonSchema = {
  type: 'object',
  required: ['import_playbook'],
  additionalProperties: false,
  properties: {
    import_playbook: { ...text, description: 'A playbook whose plays stand here.' },
    ...optional({ name: text, tags: { ...texts, description: 'Added to those of its plays.' } }),
  },
}

/** `docs/playbook.schema.json` (draft 7, which yaml-language-server knows in full): completion and checks in editors. */
export function playbookSchema(resources: readonly Resource[]): JsonSchema {
  const definitions = Object.fromEntries(resources.map((resource) => [resource.name, definition(resource)]))
  const byName = Object.fromEntries(resources.map(({ name }) => [name, { $ref: `#/definitions/${name}` }]))
  const kinds = new Set([...resources.map(({ name }) => name), 'include', 'block'])
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A playbook, or a list of tasks, of provision',
    type: 'array',
    items: { anyOf: ['play', 'import_playbook', 'task'].map((name) => ({ $ref: `#/definitions/${name}` })) },
    definitions: {
      play,
      import_playbook: imported,
      task: {
        type: 'object',
        additionalProperties: false,
        properties: {
          ...keywords,
          ...byName,
          include: { ...text, description: 'A file of tasks.' },
          // A list groups tasks; a mapping is the resource of that name.
          block: { anyOf: [tasks, { $ref: '#/definitions/block' }] },
        },
        oneOf: [...kinds].map((name) => ({ required: [name] })),
      },
      ...definitions,
    },
  }
}

function optional(fields: { readonly [name: string]: JsonSchema }): JsonSchema {
  return Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, orNothing(schema)]))
}
