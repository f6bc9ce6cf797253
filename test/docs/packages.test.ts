import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type LoadOptions, load } from '../../src/input/load.ts'
import { mailVariables } from '../../src/mail/variables.ts'
import { registry } from '../../src/resources/index.ts'
import { project } from '../input/project.ts'

const ROOT = join(import.meta.dirname, '../..')
const BASE = ['adduser', 'bind9-dnsutils', 'ca-certificates', 'curl', 'openssl']
const INVENTORY = `
all:
  hosts: { mx1.example.org: }
  children: { mail: { hosts: { mx1.example.org: } } }
  vars:
    acme: { email: admin@example.org, dns: dns_cf }
    domains: { example.org: { mta_sts: testing }, example.net: { mta_sts: enforce } }
`

/** What the first task of packages in `site` names. */
function named(variables: object, options: Partial<LoadOptions> = {}): readonly string[] {
  const { directory } = project({ 'inventory.yaml': INVENTORY })
  const { plays } = load({
    inventory: [join(directory, 'inventory.yaml')],
    playbook: join(ROOT, 'playbooks/site.yaml'),
    tags: [],
    skipTags: [],
    extraVariables: [JSON.stringify(variables)],
    resources: registry,
    searchDirectories: { tasks: [join(ROOT, 'tasks')], templates: [join(ROOT, 'templates')] },
    variableSets: { mail: mailVariables },
    ...options,
  })
  const tasks = plays.flatMap(({ hosts }) => hosts[0]?.tasks ?? [])
  const first = tasks.find(
    ({ resource, place }) => resource.name === 'packages' && place.file.endsWith('packages.yaml'),
  )
  const { params } = first?.expand({})[0] ?? assert.fail('no task of packages')
  return (params as { readonly names: readonly string[] }).names
}

const EVERYTHING = { local_resolver: true, packages: ['jq', 'curl'] }
const PARTS = ['unattended-upgrades', 'nftables', 'dns-root-data', 'unbound', 'nginx']

test('one transaction brings what all parts need', () => {
  assert.deepEqual(named(EVERYTHING), [...BASE, ...PARTS, 'jq'])
})

test('what is not wanted is not installed', () => {
  const unwanted = { upgrades: false, firewall: false, domains: { 'example.org': { mta_sts: 'none' } } }
  assert.deepEqual(named(unwanted), BASE)
})

for (const [tag, without] of [
  ['upgrades', ['unattended-upgrades']],
  ['firewall', ['nftables']],
  ['resolver', ['dns-root-data', 'unbound']],
  ['mta-sts', ['nginx']],
] as const) {
  test(`--skip-tags ${tag} leaves its packages out, too`, () => {
    const rest = PARTS.filter((name) => !without.some((one) => one === name))
    assert.deepEqual(named(EVERYTHING, { skipTags: [tag] }), [...BASE, ...rest, 'jq'])
  })
}

test('--tags packages brings no packages of parts that do not run, --tags all brings them all', () => {
  assert.deepEqual(named(EVERYTHING, { tags: ['packages'] }), [...BASE, 'jq'])
  assert.deepEqual(named(EVERYTHING, { tags: ['packages', 'firewall'] }), [...BASE, 'nftables', 'jq'])
  assert.deepEqual(named(EVERYTHING, { tags: ['all'] }), [...BASE, ...PARTS, 'jq'])
})
