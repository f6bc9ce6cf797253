import type { HostTime, Profile, TaskTime } from '../../src/core/profile.ts'

/** A host of a profile, all of whose times add up. */
export function hostTime(host: string, milliseconds = 212): { readonly host: string } & HostTime {
  return {
    host,
    milliseconds,
    phases: [
      { phase: 'connect', milliseconds: 91.2 },
      { phase: 'session', milliseconds: 8 },
      { phase: 'survey', milliseconds: 71.5 },
      { phase: 'plan', milliseconds: 12.3, parts: { render: 7.2, questions: 1.1, plan: 4 } },
      { phase: 'close', milliseconds: 3 },
      { phase: 'other', milliseconds: milliseconds - 186 },
    ],
    turns: 9,
    bytesUp: 15_238,
    bytesDown: 9_004,
    roundTripMilliseconds: 0.4,
    hostMilliseconds: 78.3,
  }
}

export const slow: TaskTime = {
  host: 'mx2',
  task: 'Packages',
  place: { file: 'tasks/packages.yaml', line: 4, column: 3 },
  resource: 'packages',
  handler: false,
  items: 3,
  milliseconds: 3204.1,
  hereMilliseconds: 1.2,
}

/** Of a run of `site` that changed nothing on two hosts. */
export const profile: Profile = {
  milliseconds: 498.4,
  last: 'mx2',
  phases: [
    { phase: 'start', milliseconds: 148.2, parts: { Node: 41, modules: 107.2 } },
    { phase: 'read', milliseconds: 120 },
    {
      phase: 'connect',
      milliseconds: 91.2,
      parts: {
        modules: 9,
        settings: 12.1,
        lookup: 0.1,
        tcp: 0.6,
        'key exchange': 40.2,
        authentication: 28,
        pause: 1.2,
      },
    },
    { phase: 'session', milliseconds: 8 },
    { phase: 'survey', milliseconds: 71.5 },
    { phase: 'plan', milliseconds: 12.3, parts: { render: 7.2, questions: 1.1, plan: 4 } },
    { phase: 'close', milliseconds: 3 },
    { phase: 'other', milliseconds: 44.2 },
  ],
  cpuMilliseconds: 410.1,
  busyMilliseconds: 352,
  memoryBytes: 91_200_000,
  firstPacketMilliseconds: 291.3,
  hosts: [hostTime('mx2'), { ...hostTime('mx1', 198.6), hostMilliseconds: 0 }],
  tasks: [slow, { ...slow, host: 'mx1', task: 'IPv6 on\nall', items: 1, milliseconds: 0.7, hereMilliseconds: 0.7 }],
}
