import * as z from 'zod'
import { parseFile, planFile, readFile } from '../core/file.ts'
import { impossible, notReady, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { findMistake, formatAliases, neededFeatures, withUsers } from '../mail/aliases.ts'
import { lacks, parseChasquidVersion } from '../mail/chasquid-version.ts'
import { domain, domainDirectory, domainMissing, GROUP, NOT_INSTALLED, readVersion } from './chasquid-host.ts'
import { oneOrMore } from './params.ts'

export const chasquidAliases = resource({
  name: 'chasquid_aliases',
  summary: 'Say where mail for the names of a domain goes.',
  description: `The whole file is ours: names that are not listed are gone. chasquid reads it again within 30 seconds, without a restart.
What chasquid would refuse, or would follow in a circle, is found before anything is written: a bad line ends a running chasquid 1.16 or newer.`,
  examples: `
- name: Everything for example.org goes to one mailbox
  chasquid_aliases:
    domain: example.org
    aliases:
      postmaster: me@example.net
      team: [one@example.net, two@example.net]
      "*": me@example.net
`,
  params: () =>
    z.strictObject({
      domain: domain().describe('The domain, which must be there already.'),
      aliases: z
        .record(z.string(), oneOrMore(z.string()))
        .describe(
          'Names (without the domain; `*` is everybody else) and where their mail goes: an address, a name of this domain, several of them, or `| command`.',
        ),
      users: z
        .array(z.string())
        .describe(
          'Names that have an account, so that `*` is not for them: those without an alias get its destinations. Otherwise their mail needs a delivery agent on the host.',
        )
        .default([]),
    }),

  read: ({ domain, aliases }) => ({
    file: readFile(`${domainDirectory(domain)}/aliases`),
    version: neededFeatures(aliases).length > 0 ? readVersion : sh``,
  }),

  plan({ domain, users, ...wanted }, now) {
    const aliases = withUsers(domain, wanted.aliases, users)
    const mistake = findMistake(domain, aliases)
    if (mistake) return impossible(mistake.reason, mistake.hint)
    const found = parseFile(now.file)
    if (found.kind === 'no directory') return notReady(domainMissing(domain))
    const needed = neededFeatures(aliases)
    const version = parseChasquidVersion(now.version)
    if (needed.length > 0 && !version) return notReady(NOT_INSTALLED)
    const lacking = needed.map((feature) => lacks(version ?? '', feature)).find((reason) => reason !== undefined)
    if (lacking) return notReady(lacking)
    const path = `${domainDirectory(domain)}/aliases`
    return planFile({ path, content: formatAliases(aliases), owner: 'root', group: GROUP, mode: '0640' }, found)
  },
})
