import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { load } from 'js-yaml'

type Play = { readonly [key: string]: unknown }

function plays(playbook: string): readonly Play[] {
  return load(readFileSync(join(import.meta.dirname, `../../playbooks/${playbook}.yaml`), 'utf8')) as readonly Play[]
}

it('rolling does what site does, to the last task', () => {
  const [site, rolling] = [plays('site'), plays('rolling')]
  const whatCounts = (all: readonly Play[]) =>
    all.map(({ import_playbook, hosts, become, variables, vars_files, tasks, handlers, tags }) => {
      return { import_playbook, hosts, become, variables, vars_files, tasks, handlers, tags }
    })
  assert.deepEqual(whatCounts(rolling), whatCounts(site))
  const { references, ...vars } = (rolling[1]?.vars ?? {}) as Play
  assert.ok(references !== undefined)
  assert.deepEqual(vars, site[1]?.vars)
})
