import * as z from 'zod'
import { describeAttributes, parseFile, readFile } from '../core/file.ts'
import { type Change, change, impossible, type Plan, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { home } from './acme-host.ts'
import { install } from './apt.ts'
import { findInstalled, parsePackages, parseRequest, readPackages } from './package-state.ts'
import { duration, fetchFrom, line } from './params.ts'

const PACKAGE = 'acme.sh'

const params = () =>
  z.strictObject({
    version: line().describe('Version of the package.').default('3.1.1-1'),
    url: z
      .string()
      .regex(/^(https?:\/\/|file:\/\/\/|\/)\S+$/, 'must be an http, https or file URL, or an absolute path')
      .describe('Where the package is, which fits every architecture and release: a path is one of whoever fetches it.')
      // Debian's archive of every file that ever was, by the sha1 of the file: this address never means another one.
      .default('https://snapshot.debian.org/file/7043982040228fcb3f43e6323b06c7906411e09b'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
      .describe('Its sha256; a file with another one is never opened.')
      .default('bf0c474cf11669ae96dfdfc182918b8ee4b57f41532e1debdd9d127e363b0503'),
    fetch_from: fetchFrom(),
    home: home(),
    lock_timeout: duration().describe('How long to wait for another apt or dpkg.').default(300),
  })

type Wanted = z.output<ReturnType<typeof params>>

export const acmeClient = resource({
  name: 'acme_client',
  summary: 'Install acme.sh, pinned to one version.',
  description:
    'Debian packages acme.sh since release 13; its package runs on older releases and on Ubuntu, too. Nothing renews by itself: see `acme_certificate` and the resource `timer`.',
  examples: `
- acme_client: {}
`,
  params,

  read: ({ home }) => ({ package: readPackages([PACKAGE]), home: readFile(home) }),

  plan(wanted, now): Plan {
    const state = parsePackages(now.package)
    if (!state.hasDpkg)
      return impossible('this host has no dpkg', 'acme_client manages Debian, Ubuntu and their relatives')
    const found = findInstalled(state, parseRequest(PACKAGE))?.version ?? 'absent'
    return [
      ...change(`package ${PACKAGE}`, found, wanted.version, installation(wanted)),
      ...planHome(wanted.home, now.home),
    ]
  },
})

function installation({ version, url, sha256, fetch_from: from, lock_timeout }: Wanted) {
  return install({
    packages: [],
    files: [{ name: PACKAGE, version, url, sha256, from }],
    listsAge: 86_400,
    recommends: false,
    startServices: false,
    force: true,
    lockTimeout: lock_timeout,
  })
}

// acme.sh writes the keys of the DNS provider there, readable by all unless the directory says no.
function planHome(home: string, answer: string): readonly Change[] {
  const found = parseFile(answer)
  const wanted = { owner: 'root', group: 'root', mode: '0700' }
  if (found.kind === 'absent' || found.kind === 'no directory') {
    return change(home, 'absent', 'directory 0700', sh`install -d -m 0700 -- ${home}`)
  }
  const differing = describeAttributes(wanted, found)
  return differing ? [{ what: home, ...differing, apply: sh`chown root:root ${home} && chmod 00700 ${home}` }] : []
}
