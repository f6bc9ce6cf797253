import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Controller } from '../../src/core/control.ts'
import { mailStatus } from '../../src/resources/mail-status.ts'
import { ago } from '../../src/resources/mail-status-table.ts'

const controller: Controller = { signal: new AbortController().signal, secret: () => undefined }
const days = (count: number): string => new Date(Date.now() + count * 86_400_000 + 3_600_000).toUTCString()

const services = [
  'chasquid.service',
  'chasquid-smtp.socket',
  'chasquid-submission.socket',
  'chasquid-submission_tls.socket',
  'acme-renew.timer',
]

const well = {
  services: services.map((name) => `NRestarts=0\nId=${name}\nActiveState=active\n`).join('\n'),
  versions: 'acme.sh 3.1.1-1\nchasquid 1.19.0-1\n',
  certificates: `example.org notAfter=${days(60)}\n`,
  queue: '1 700\n',
  log: 'sent 5\ndeferred 0\nfailed 0\nrefused 0\npasswords 0\n',
  system: 'disk 40\nupgrades 0\n',
}

async function look(more: Partial<typeof well> = {}, params: object = {}) {
  return mailStatus.control!(
    mailStatus.params.parse({ name: 'smtp.example.org', ...params }),
    { ...well, ...more },
    controller,
  )
}

async function wrong(more: Partial<typeof well>, params: object = {}): Promise<string[]> {
  const { findings = [] } = await look(more, params)
  return findings
    .filter(({ verdict }) => verdict === 'wrong')
    .map(({ id, subject, text }) => `${id}: ${subject} ${text}`)
}

test('what was last time is remembered, and only what changed is told', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'provision-status-'))
  context.after(() => rmSync(folder, { recursive: true }))
  process.env.XDG_STATE_HOME = folder
  context.after(() => {
    delete process.env.XDG_STATE_HOME
  })
  const first = await look()
  assert.deepEqual(
    first.findings?.filter(({ verdict }) => verdict !== 'right'),
    [],
  )
  assert.deepEqual(first.message?.split('\n'), [
    'services     all run',
    'versions     acme.sh 3.1.1-1, chasquid 1.19.0-1',
    'certificate  example.org  60 days left',
    'queue        1 waiting, the oldest for 11 min',
    'last 24 h    5 sent, 0 deferred, 0 failed, 0 refused, 0 wrong passwords',
    'disk         40 % full',
    'upgrades     none pending',
  ])
  assert.deepEqual(readdirSync(join(folder, 'provision')), ['status-smtp.example.org.json'])
  assert.match((await look({ queue: '7 900\n' })).message ?? '', /\nsince 0 s +nothing has changed$/)
  const later = await look({ system: 'disk 40\nupgrades 3\nreboot\n', versions: 'chasquid 1.19.1-1\n' })
  assert.match(
    later.message ?? '',
    /acme\.sh 3\.1\.1-1 → absent; chasquid 1\.19\.0-1 → 1\.19\.1-1; upgrades 0 → 3; reboot not wanted → wanted$/,
  )
  assert.equal(later.result?.upgrades, 3)
})

const troubles: readonly [what: string, answers: Partial<typeof well>, params: object, ...wrong: string[]][] = [
  [
    'a stopped port',
    { services: well.services.replace('active', 'failed') },
    {},
    'service-down: chasquid.service is failed',
  ],
  [
    'a host without any of it',
    { services: '', versions: '', certificates: '' },
    {},
    ...services.map((name) => `service-down: ${name} is unknown`),
  ],
  [
    'an old chasquid',
    { versions: 'chasquid 1.17.0-2\n' },
    {},
    'version-vulnerable: chasquid 1.17.0-2 anybody can crash it, or keep its processor busy; mended in 1.19',
  ],
  [
    'a certificate that ends',
    { certificates: `example.org notAfter=${days(3)}\n` },
    {},
    'certificate-ending: certificate of example.org lasts 3 more days',
  ],
  [
    'a certificate that has ended',
    { certificates: `example.org notAfter=${days(-3)}\n` },
    {},
    'certificate-ending: certificate of example.org ended 3 days ago',
  ],
  ['an old message', { queue: '3 90000\n' }, {}, 'queue-old: queue the oldest of 3 messages waits for 1 d 1 h'],
  ['a full queue', { queue: '45 60\n' }, { queue_items: 50 }, 'queue-full: queue holds 45 of 50 messages'],
  [
    'refusals',
    { log: 'sent 1\nfailed 1\nX from=a@example.org to=b@example.net failed (permanent): 550 5.1.1 no such user\n' },
    {},
    'delivery-refused: 1 failed the last to b@example.net',
  ],
  ['a full disk', { system: 'disk 95\nupgrades 0\n' }, {}, 'disk-nearly-full: disk 95 % full'],
  ['a reboot', { system: 'disk 5\nupgrades 0\nreboot\n' }, {}, 'reboot-wanted: reboot is wanted by upgrades'],
]

for (const [what, answers, params, ...expected] of troubles) {
  test(`${what} is found, and nothing else`, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'provision-status-'))
    context.after(() => rmSync(folder, { recursive: true }))
    process.env.XDG_STATE_HOME = folder
    assert.deepEqual(await wrong(answers, params), expected)
    delete process.env.XDG_STATE_HOME
  })
}

test('spans are told in their two largest units', () => {
  assert.deepEqual([5_000, 780_000, 3_900_000, 273_600_000].map(ago), ['5 s', '13 min', '1 h 5 min', '3 d 4 h'])
})
