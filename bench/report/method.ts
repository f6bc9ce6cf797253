/**
 * How it was measured: the part of the page between the targets and the tables.
 */
import { table } from '../../src/commands/reference/table.ts'
import type { Results } from '../results.ts'
import { longestSeconds, release, scenarios } from '../scenarios.ts'
import { bytes } from './words.ts'

/** Two headings with their text. */
export function method({ machine, contestants }: Results): string {
  const minutes = Object.values(scenarios).reduce((sum, scenario) => sum + scenario.minutes, 0)
  const rows = contestants.map(({ title, version }) => [title, version ?? 'could not be had'])
  return `## How

- **Machine**: ${machine.system}, Linux ${machine.kernel}, ${machine.processors} processors (${machine.model}), ${bytes(machine.memoryBytes)} of memory. Controller and hosts share it, in network namespaces of their own. Other machines give other seconds; the ratios are what counts.
- **Host**: a real Debian (${release}) with systemd, sshd, dpkg and Python, made for the run; package lists are read and python3-apt is installed, as on rented servers. The tools are those of Debian 12, and its Ansible and Mitogen know no newer Python than that of Debian 12.
- **Wanted**: of ten tasks three files, a directory, two lines in files, a user, a sysctl, a command with \`creates\`, and in turns a package or a service. Each tool has it in its own words, with its own resources and not as shell text; what it produces is compared with what the others produce. All log in as root with the same key and check host keys.
- **In turns**: in each round all tools run once, another one first each time. A tool that needs less than 3 s runs five times, less than 40 s three times, else once; figures are medians. All scenarios together are to end within about ${minutes} minutes: where the time of one runs out, slow tools run once. Where a tool's smaller points let expect more than ${longestSeconds} s, or more than is left, the point is left out.
- **Nothing to change** means that the tool itself says so; a run that changed something does not count and is repeated. Connections that a tool keeps open for its next run are closed in between, except where that is the scenario.
- **Round-trip time**: a TCP forwarder holds everything for half of it each way. It counts bytes (SSH's, without TCP and IP) and turns: how often the client spoke after it had been silent for a round trip; of several runs the least, because a pause of the machine looks like a wait for the network. Turns after login are those behind the moment at which sshd, by the host's journal, first accepted the key.
- **Processor time** is the user and system time of the tool and all its children, by a control group of their own; the hosts' share is not in it. **Memory** is the most that this control group held without page cache, or the largest resident set of one of its processes where that is more: the kernel counts shared program text only once.
- **Forks on the host** are the process numbers that were used up during the run: threads, sshd's own processes and what systemd starts meanwhile are among them.

## Versions

${table(['', 'version'], rows)}`
}
