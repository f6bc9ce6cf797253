import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { changesOf, failuresOf, type Said } from './controller.ts'
import { findingsOf, Operator } from './operator.ts'

// The shipped playbook that changes mail servers one by one. Each test goes on where the one before it ended.

let operator: Operator

before(async () => {
  operator = await Operator.open()
  // Without what mail does not need.
  await operator.succeed('site', '--skip-tags', 'preflight,upgrades,time,journal,ssh,system')
})

after(() => operator?.end())

/** `HOST TASK` of what a run told about tasks of these names, in order. */
function told({ events }: Said, ...tasks: readonly string[]): readonly string[] {
  return events.flatMap((event) =>
    event.type === 'result' && tasks.includes(event.task) ? [`${event.host} ${event.task}`] : [],
  )
}

async function zone(host: string): Promise<string> {
  return (await operator.onHost(host, 'readlink /etc/localtime || echo UTC')).trim().replace(/^.*zoneinfo\//, '')
}

it('finds the servers of site as wanted, one after another, and each of them well', async () => {
  const said = await operator.succeed('rolling', '--skip-tags', 'preflight,upgrades,time,journal,ssh,system')
  assert.deepEqual([...changesOf(said, 'mx1'), ...changesOf(said, 'mx2')], [])
  assert.deepEqual(
    told(said, 'chasquid runs', 'Port 25 from outside'),
    ['mx1', 'mx2'].flatMap((host) => [`${host} chasquid runs`, `${host} Port 25 from outside`]),
  )
})

it('leaves the second server alone where the first does not take mail after its change', async () => {
  const before = await zone('mx2')
  await operator.onHost(
    'mx1',
    "nft 'add table inet ill; add chain inet ill input { type filter hook input priority -10; }; add rule inet ill input iifname eth0 tcp dport 25 drop'",
  )
  const said = await operator.play('rolling', '--tags', 'system', '-e', 'timezone=Asia/Tokyo')
  assert.equal(said.status, 1, failuresOf(said))
  const wrong = findingsOf(said).filter(({ verdict }) => verdict === 'wrong')
  assert.deepEqual([...new Set(wrong.map(({ id }) => id))], ['port-filtered'])
  const recap = said.events.find((event) => event.type === 'recap')
  assert.deepEqual(recap?.stopped, {
    play: 'Mail hosts, one by one',
    why: 'the check of its batch failed on mx1',
    untouched: ['mx2'],
  })
  assert.deepEqual([await zone('mx1'), await zone('mx2')], ['Asia/Tokyo', before])
})

it('goes on with both once the first is well again', async () => {
  await operator.onHost('mx1', 'nft delete table inet ill')
  await operator.succeed('rolling', '--tags', 'system', '-e', 'timezone=Asia/Tokyo', '--limit', '@failed')
  assert.deepEqual([await zone('mx1'), await zone('mx2')], ['Asia/Tokyo', 'Asia/Tokyo'])
})
