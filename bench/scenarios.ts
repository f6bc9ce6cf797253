/**
 * What is compared, in the field's terms. Every number of the page comes from one of these.
 */

export type ScenarioName = 'tasks' | 'distance' | 'hosts' | 'first-run' | 'kept' | 'site-first' | 'site-again'

export interface Scenario {
  readonly title: string
  /** What its axis counts. */
  readonly axis: 'tasks' | 'RTT (ms)' | 'hosts'
  /** Ascending: what a tool needs at a point tells whether it takes part at the next. */
  readonly points: readonly number[]
  readonly about: string
  /** What all its runs may take together, about: how often slow tools run, and whether the slowest do, follows from it. */
  readonly minutes: number
}

/** The usual playbook, and the usual way: a server in another country of the same continent. */
export const usualTasks = 40
export const usualRoundTrip = 30

/** A tool whose own smaller points let expect more than this takes no part at a point. */
export const longestSeconds = 90

/** Of the hosts: the Ansible and Mitogen that Debian 12 has know no newer Python than its own. */
export const release = 'bookworm'

/** In the order in which they run: what the targets need most comes first. */
export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  tasks: {
    title: 'Nothing to change, by tasks',
    axis: 'tasks',
    points: [10, 40, 100, 400],
    minutes: 8,
    about: `One host, RTT ${usualRoundTrip} ms. Everything is as wanted already.`,
  },
  distance: {
    title: 'Nothing to change, by round-trip time',
    axis: 'RTT (ms)',
    points: [0, 30, 100, 250],
    minutes: 5,
    about: `One host, ${usualTasks} tasks. At 0 ms without the forwarder, so bytes and turns are not counted there.`,
  },
  kept: {
    title: 'Nothing to change, again over a kept connection',
    axis: 'RTT (ms)',
    points: [30, 100],
    minutes: 1,
    about: `One host, ${usualTasks} tasks. What a tool leaves open is there for its next run: ssh's ControlPersist, \`provision --persist\`. The first run, which opens the connection, does not count. \`ssh host true\` opens a new connection each time.`,
  },
  'first-run': {
    title: 'First run',
    axis: 'tasks',
    points: [usualTasks],
    minutes: 3,
    about: `One host, delivered anew for each run, RTT ${usualRoundTrip} ms.`,
  },
  hosts: {
    title: 'Nothing to change, by hosts',
    axis: 'hosts',
    points: [1, 2, 10, 50, 200],
    minutes: 5,
    about: `${usualTasks} tasks for each host, without packages, services and sysctls; RTT 0. The hosts are small: an sshd each in namespaces of its own over one shared root file system, without systemd. They share the two processors with the controller, so that much of the wall time for many hosts is theirs; processor time is the controller's alone.`,
  },
  'site-first': {
    title: 'A mail server, first run',
    axis: 'RTT (ms)',
    points: [0],
    minutes: 4,
    about:
      'The shipped `site.yaml` on a new Debian 12, with DNS and a certificate authority in the lab, and the same mail server in the words of the other tools. Packages come from a folder on the host, and no delay is between it and the controller: no download is in it.',
  },
  'site-again': {
    title: 'A mail server, nothing to change',
    axis: 'RTT (ms)',
    points: [0],
    minutes: 4,
    about: 'The same mail server once more, when everything is as wanted.',
  },
}

export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[]
