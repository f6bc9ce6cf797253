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

/** What each transaction of `site` that installs packages of the distribution names. */
function transactions(variables: object, options: Partial<LoadOptions> = {}): readonly (readonly string[])[] {
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
  // What comes as a file is chosen by facts of the host, and is a transaction of its own.
  const known = tasks.filter(({ resource, uses }) => resource.name === 'packages' && !uses.has('host'))
  return known.flatMap((task) => task.expand({}).map(({ params }) => (params as { names: readonly string[] }).names))
}

const EVERYTHING = { local_resolver: true, packages: ['jq', 'curl'] }
const PARTS = ['unattended-upgrades', 'nftables', 'dns-root-data', 'unbound', 'nginx']

test('one transaction brings what all parts need, and they do not ask for it again', () => {
  assert.deepEqual(transactions(EVERYTHING), [[...BASE, ...PARTS, 'jq']])
})

test('what is not wanted is not installed', () => {
  const unwanted = { upgrades: false, firewall: false, domains: { 'example.org': { mta_sts: 'none' } } }
  assert.deepEqual(transactions(unwanted), [BASE])
})

test('--skip-tags leaves the packages of a part out, too', () => {
  const skipped = transactions(EVERYTHING, { skipTags: ['upgrades'] })
  assert.deepEqual(skipped, [[...BASE, 'nftables', 'dns-root-data', 'unbound', 'nginx', 'jq']])
  const more = transactions(EVERYTHING, { skipTags: ['firewall', 'resolver', 'mta-sts'] })
  assert.deepEqual(more, [[...BASE, 'unattended-upgrades', 'jq']])
})

test('--tags packages brings no packages of parts that do not run', () => {
  assert.deepEqual(transactions(EVERYTHING, { tags: ['packages', 'firewall'] }), [[...BASE, 'nftables', 'jq']])
})

test('without the task of packages each part brings its own', () => {
  const own = [['unattended-upgrades'], ['nftables'], ['dns-root-data', 'unbound'], ['nginx'], ['nginx']]
  const found = transactions(EVERYTHING, { skipTags: ['packages'] })
  assert.deepEqual(found.toSorted(), own.toSorted())
  assert.deepEqual(transactions(EVERYTHING, { tags: ['firewall'] }), [['nftables']])
})
