import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import { load } from 'js-yaml'
import { z } from 'zod'
import type { Plan } from '../src/core/resource.ts'
import { isChanges } from '../src/core/resource.ts'
import { Secret } from '../src/core/secret.ts'
import { printPlan } from '../src/report/changes.ts'
import { resources } from '../src/resources/index.ts'
import { carriedOut, carryOut, cases, resourceOf } from './resources/case.ts'
import { shellcheckWarnings, syntaxErrors } from './resources/shells.ts'

/** What a task may have beside its resource. */
const KEYWORDS = 'name when loop register notify tags vars become become_user no_log ignore_errors check'.split(' ')

/** Files that only ever are ours, between two steps of one change. */
const OWN = /^\/(etc\/\.provision\.|usr\/sbin\/policy-rc\.d)/

for (const [name, entries] of cases) {
  describe(name, () => {
    for (const entry of entries) {
      test(entry.it, () => {
        const resource = resourceOf(name)
        const valid = resource.params.safeParse(entry.params)
        if (entry.invalid !== undefined) {
          assert.equal(valid.success ? 'valid' : messages(valid.error), entry.invalid.trim())
          return
        }
        if (!valid.success) assert.fail(z.prettifyError(valid.error))
        const { questions, plan, result, variables, message } = carryOut(resource, entry)
        assert.deepEqual(
          Object.keys(entry.now ?? {}).toSorted(),
          Object.keys(questions).toSorted(),
          '`now` answers exactly what is read',
        )
        assert.equal(print(plan), expected(entry))
        if (entry.result) assert.deepEqual(result, entry.result)
        if (entry.variables) assert.deepEqual(variables, entry.variables)
        if (entry.message !== undefined) assert.equal(message, entry.message.trimEnd())
      })
    }
  })
}

describe('laws of every resource', () => {
  test('the list is alphabetical and has no name twice', () => {
    const names = resources.map((resource) => resource.name)
    assert.deepEqual(names, [...new Set(names)].toSorted())
  })

  for (const resource of resources) {
    // What works from the controller is judged in a test of its own: test/resources/NAME.test.ts.
    test(`${resource.name} has three cases or more, or a test of its own`, () => {
      const own = `resources/${resource.name.replaceAll('_', '-')}.test.ts`
      assert.ok(
        resource.control ? existsSync(new URL(own, import.meta.url)) : (cases.get(resource.name)?.length ?? 0) >= 3,
        `add cases to test/resources/${resource.name}.cases.yaml`,
      )
    })

    test(`${resource.name} describes every parameter`, () => {
      const schema = z.toJSONSchema(resource.params, { io: 'input', target: 'draft-7' })
      assert.deepEqual(undescribed(schema, resource.name), [])
    })

    test(`${resource.name} has examples that are valid tasks`, () => {
      const tasks = load(resource.examples) as Record<string, unknown>[]
      assert.ok(tasks.some((task) => resource.name in task))
      for (const task of tasks) {
        const [name, ...more] = Object.keys(task).filter((key) => !KEYWORDS.includes(key))
        assert.deepEqual(more, [], 'a task has one resource')
        const { params } = resourceOf(String(name))
        const { error } = params.safeParse(
          evaluated(task[String(name)], z.toJSONSchema(params, { io: 'input' }) as Schema),
        )
        if (error) assert.fail(`${JSON.stringify(task)}\n${z.prettifyError(error)}`)
      }
    })
  }

  test('every script is one that dash, bash and busybox understand', () => {
    const all = new Map(carriedOut().flatMap(({ outcome }) => outcome.scripts.map((each) => [each.reveal(), each])))
    const scripts = [...all.values()]
    assert.deepEqual(syntaxErrors(scripts), [])
    assert.deepEqual(shellcheckWarnings(scripts), [])
  })

  test('every change goes from one value to another, and reads what it writes', () => {
    for (const { name, outcome } of carriedOut()) {
      if (!isChanges(outcome.plan)) continue
      for (const { what, from, to, diff, always, apply } of outcome.plan) {
        assert.ok(what !== '' && !apply.isEmpty, name)
        const isShown = from !== to || (diff && diff.before !== diff.after) || to.includes(String(new Secret('')))
        assert.ok(always || isShown, `${name}: ${what} stays ${to}`)
        if (!always)
          assert.notDeepEqual(Object.keys(outcome.questions), [], `${name}: changes something that it never reads`)
      }
    }
  })

  // What is put back after a failure was kept when it was replaced.
  test('what a script removes or replaces is kept, so that the run can be undone', () => {
    const lost = carriedOut().flatMap(({ name, outcome }) =>
      outcome.scripts.flatMap((script) => {
        const text = String(script)
        const kept = [...text.matchAll(/\b(?:keep|place)_file (\S+)/g)].map((match) => match[1])
        const gone = [
          ...text.matchAll(/\brm (?:-\S+ )+((?:\/\S+ ?)+)/g),
          ...text.matchAll(/\b(?:mv|ln|cp|install) (?:-\S+ )+[^-\s]\S* (\/\S+)/g),
          ...text.matchAll(/\brmdir .*?(\/\S+)/g),
        ].flatMap((match) => (match[1] ?? '').replaceAll(';', '').trim().split(' '))
        return gone.filter((path) => !kept.includes(path) && !OWN.test(path)).map((path) => `${name}: ${path}`)
      }),
    )
    assert.deepEqual(lost, [])
  })

  test('a secret has no printed form', () => {
    for (const { name, entry, outcome } of carriedOut()) {
      const { questions, plan, result, variables, message } = outcome
      const printed = [
        print(plan),
        JSON.stringify([plan, questions, result, variables, message]),
        String(outcome.scripts),
      ]
      for (const secret of entry.secrets ?? []) {
        assert.ok(!printed.join('\n').includes(secret), `${name}: prints ${secret}`)
        assert.ok(
          outcome.scripts.some((script) => script.reveal().includes(secret)),
          `${name}: never uses ${secret}`,
        )
      }
    }
  })
})

function print(plan: Plan): string {
  if ('notReady' in plan) return `not ready: ${plan.notReady}`
  if ('impossible' in plan) return `impossible: ${plan.impossible}`
  return printPlan(
    plan.map((change) => ({ ...change, script: String(change.apply) })),
    { scripts: true, diff: true },
  )
}

function expected(entry: typeof cases extends ReadonlyMap<string, readonly (infer C)[]> ? C : never): string {
  if (entry['not ready'] !== undefined) return `not ready: ${entry['not ready'].trim()}`
  if (entry.impossible !== undefined) return `impossible: ${entry.impossible.trim()}`
  return entry.plan ?? 'a case has one of plan, not ready, impossible, invalid'
}

function messages(error: z.ZodError): string {
  return error.issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': ')).join('\n')
}

/** What a user wrote, with every expression replaced by a value that it might have. */
function evaluated(value: unknown, schema: Schema): unknown {
  const branches = schema.anyOf ?? []
  if (schema.expression && typeof value === 'string') return true
  if (Array.isArray(value)) {
    const items = schema.items ?? branches.find((branch) => branch.items)?.items ?? {}
    return value.map((each) => evaluated(each, items))
  }
  if (typeof value === 'object' && value !== null) {
    const { properties = {} } = schema.properties ? schema : (branches.find((branch) => branch.properties) ?? {})
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, evaluated(each, properties[key] ?? {})]))
  }
  return branches.some((branch) => branch.expression) ? evaluated(value, { expression: true }) : value
}

interface Schema {
  readonly expression?: unknown
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
}

/** The paths of all fields without a description, in objects however deep. */
function undescribed(schema: unknown, path: string): string[] {
  const { properties = {}, items, additionalProperties, anyOf = [], oneOf = [], allOf = [] } = schema as Schema
  const inner = [items, additionalProperties, ...anyOf, ...oneOf, ...allOf].filter((each) => typeof each === 'object')
  return [
    ...Object.entries(properties).flatMap(([name, field]) => [
      ...(field.description ? [] : [`${path}.${name}`]),
      ...undescribed(field, `${path}.${name}`),
    ]),
    ...inner.flatMap((each) => undescribed(each, path)),
  ]
}
