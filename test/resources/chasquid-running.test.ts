import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judgeRunning } from '../../src/resources/chasquid-running.ts'

interface Host {
  readonly unit?: string
  readonly up?: number
  readonly ipv6?: boolean
  readonly listens?: readonly string[]
  readonly greeting?: string
  readonly errors?: readonly string[]
}

const open = ['127.0.0.53%lo:53', '*:25', '*:465', '*:587']

function faults({
  unit = 'LoadState=loaded\nActiveState=active\nSubState=running\nNRestarts=0',
  up = 5,
  ipv6 = true,
  listens = open,
  greeting = '220 smtp.example.org ESMTP chasquid',
  errors = [],
}: Host): readonly string[] {
  const answer = [
    unit,
    `up ${up}`,
    ...(ipv6 ? ['ipv6'] : []),
    ...listens.map((one) => `listens ${one}`),
    `greeting ${greeting}`,
    ...errors.map((one) => `error ${one}`),
  ].join('\n')
  const { findings = [] } = judgeRunning({ mail_host: 'smtp.example.org', settle: 4 }, `${answer}\n`)
  return findings
    .filter(({ verdict }) => verdict === 'wrong')
    .map(({ id, importance, subject, text }) => `${importance} ${id}: ${subject} ${text}`)
}

describe('chasquid_running', () => {
  const cases: readonly (readonly [why: string, host: Host, expected: readonly string[]])[] = [
    ['all is well', {}, []],
    [
      'there is no chasquid',
      { unit: 'LoadState=not-found\nActiveState=inactive\nSubState=dead\nNRestarts=0', listens: [], greeting: '' },
      ['required chasquid-unstable: chasquid is not installed'],
    ],
    [
      'it ends at every start',
      { unit: 'LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nNRestarts=4' },
      ['required chasquid-unstable: chasquid does not run'],
    ],
    [
      'it has just ended',
      { unit: 'LoadState=loaded\nActiveState=active\nSubState=running\nNRestarts=2' },
      ['required chasquid-unstable: chasquid has ended 2 times and was started again'],
    ],
    [
      'it ended long ago',
      { unit: 'LoadState=loaded\nActiveState=active\nSubState=running\nNRestarts=1', up: 86_400 },
      ['recommended chasquid-unstable: chasquid has ended once and was started again'],
    ],
    [
      'a socket is older than IPv6',
      { listens: ['0.0.0.0:25', '*:465', '0.0.0.0:587', '[::]:587'] },
      ['required chasquid-deaf: port 25 IPv6 is not open'],
    ],
    ['the kernel has no IPv6', { ipv6: false, listens: ['0.0.0.0:25', '0.0.0.0:465', '0.0.0.0:587'] }, []],
    [
      'a port is on the loopback only',
      { ipv6: false, listens: ['127.0.0.1:25', '*:465', '*:587'] },
      ['required chasquid-deaf: port 25 IPv4 is not open'],
    ],
    [
      'an old configuration is still in force',
      { greeting: '220 old.example.org ESMTP chasquid' },
      ['required chasquid-greeting: greeting is old.example.org instead of smtp.example.org'],
    ],
    [
      'nothing greets',
      { greeting: '' },
      ['required chasquid-greeting: greeting does not come, instead of smtp.example.org'],
    ],
    [
      'it complains',
      { errors: ['E domaininfo.go:61  error loading'] },
      ['recommended chasquid-errors: log of chasquid has an error since its start'],
    ],
  ]
  for (const [why, host, expected] of cases) {
    it(`judges: ${why}`, () => assert.deepEqual(faults(host), expected))
  }
})
