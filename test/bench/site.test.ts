import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { load } from 'js-yaml'
import { siteDifferences } from '../../bench/site/equal.ts'

const folder = join(import.meta.dirname, '../../bench/site')

test('facts that differ are named with the side that has them', () => {
  assert.deepEqual(siteDifferences(['alias *: i@a.test', 'sysctl all 0'], ['sysctl all 0']), ['- alias *: i@a.test'])
  assert.deepEqual(siteDifferences(['sysctl all 0'], ['sysctl all 1']), ['- sysctl all 0', '+ sysctl all 1'])
  assert.deepEqual(siteDifferences(['sysctl all 0'], ['sysctl all 0']), [])
})

test('the script is one that dash reads', () => {
  const { status, stderr } = spawnSync('sh', ['-n', join(folder, 'site.sh')], { encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.equal(status, 0)
})

test('Ansible and the script send the same names to DNS', () => {
  const [play] = load(readFileSync(join(folder, 'ansible.yaml'), 'utf8')) as [
    { tasks: { name: string; loop?: { name: string; type: string }[] }[] },
  ]
  const records = play.tasks.find(({ name }) => name === 'DNS records')?.loop ?? []
  const sent = [...readFileSync(join(folder, 'site.sh'), 'utf8').matchAll(/^ {2}record "(\S+)" (\w+)/gm)]
  const plain = (name: string) => name.replace(/\{\{ (\w+) \}\}/g, '$$$1')
  assert.deepEqual(
    records.map(({ name, type }) => `${plain(name)} ${type}`).sort(),
    sent.map(([, name, type]) => `${name} ${type}`).sort(),
  )
})
