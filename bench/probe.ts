/**
 * One run of a tool with everything that is counted: on the controller, on the way, and on the host.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from './account.ts'
import { measure, type Ran } from './measure.ts'
import type { Figures } from './results.ts'
import { hostName, type Stage } from './stage.ts'
import type { Command, Place } from './types.ts'

/** A run that takes longer is ended. Tools of which more than `longestSeconds` is expected take no part anyway. */
const LIMIT_SECONDS = 240

/** Runs a command once. What the forwarder and the host saw is counted where the one real host is the only target. */
export async function probe(
  stage: Stage,
  command: Command,
  { folder, targets }: Place,
  account: Account,
): Promise<Ran> {
  const [target, another] = targets
  const isFar = target === stage.far
  const isOne = another === undefined && (isFar || target === stage.straight)
  if (isFar) await stage.forwarder.reset()
  const since = Date.now()
  const started = isOne ? await processesSoFar(stage) : 0
  const ran = await measure(stage.lab, command, folder, account, LIMIT_SECONDS)
  const forks = isOne ? forksBetween(started, await processesSoFar(stage)) : undefined
  return { ...ran, figures: { ...ran.figures, forks, ...(isFar ? await passed(stage, since) : {}) } }
}

async function passed(stage: Stage, since: number): Promise<Figures> {
  // The forwarder may not have read the last packet yet when the program that sent it has ended.
  await sleep(100)
  const { bytesUp, bytesDown, turns } = await stage.forwarder.traffic()
  const times = await stage.forwarder.turnTimes()
  const login = await firstLogin(stage, since)
  const turnsAfterLogin = times.filter((time) => time > login).length
  return { bytesUp, bytesDown, turns, turnsAfterLogin }
}

/**
 * When sshd first let somebody in, by the host's journal, in milliseconds of Unix time: lab and controller share a clock.
 * The time it began where nobody had to log in, because a connection was kept.
 */
async function firstLogin({ lab }: Stage, since: number): Promise<number> {
  const fields = ['--output=json', '--output-fields=MESSAGE,_SOURCE_REALTIME_TIMESTAMP']
  const question = [
    'journalctl',
    '--identifier=sshd',
    `--since=@${Math.floor(since / 1000)}`,
    '--grep=^Accepted ',
    ...fields,
  ]
  const { stdout } = await lab.run(hostName, question)
  const times = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, string>)
    .map((entry) => Number(entry._SOURCE_REALTIME_TIMESTAMP ?? entry.__REALTIME_TIMESTAMP) / 1000)
    .filter((time) => time >= since)
  return times.length === 0 ? since : Math.min(...times)
}

/** The number of the newest process of the host. Numbers are given in order, and threads take one each as well. */
async function processesSoFar({ lab }: Stage): Promise<number> {
  return Number(await lab.demand(hostName, ['cat', '/proc/sys/kernel/ns_last_pid']))
}

/** The process that asks for the number is one itself. Nothing where the numbers began again in between. */
function forksBetween(before: number, after: number): number | undefined {
  return after > before ? after - before - 1 : undefined
}
