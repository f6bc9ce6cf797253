import * as z from 'zod'
import { describeAttributes, parseFile, readFile } from '../core/file.ts'
import { change, impossible, notReady, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { CONFIGURATION, domain, domainDirectory, GROUP, NOT_INSTALLED } from './chasquid-host.ts'

/** The set-group-ID bit gives new files the daemon's group, whoever makes them. */
const WANTED = { owner: 'root', group: GROUP, mode: '2750' }

export const chasquidDomain = resource({
  name: 'chasquid_domain',
  summary: 'Make chasquid responsible for a domain, or no longer.',
  description:
    'A domain is a directory, which chasquid finds when it starts: notify a handler that restarts it. Users, aliases and DKIM keys live inside.',
  examples: `
- chasquid_domain: { domain: example.org }
  notify: restart chasquid
`,
  params: () =>
    z.strictObject({
      domain: domain().describe('The domain.'),
      state: z
        .enum(['present', 'absent'])
        .describe('`absent` removes the domain with its users, aliases and DKIM keys.')
        .default('present'),
    }),

  read: ({ domain }) => ({
    directory: readFile(domainDirectory(domain)),
    parent: sh`if [ -d ${CONFIGURATION} ]; then echo installed; else echo none; fi`,
  }),

  plan({ domain, state }, now) {
    const path = domainDirectory(domain)
    const found = parseFile(now.directory)
    if (state === 'absent') {
      if (found.kind !== 'directory') return []
      return change(path, 'directory', 'absent', sh`remove_directory ${path}`)
    }
    if (now.parent === 'none\n') return notReady(NOT_INSTALLED)
    const dress = sh`chown ${`${WANTED.owner}:${WANTED.group}`} ${path} && chmod ${WANTED.mode} ${path}`
    if (found.kind === 'absent' || found.kind === 'no directory') {
      return change(
        path,
        'absent',
        `directory ${WANTED.owner}:${WANTED.group} ${WANTED.mode}`,
        sh`mkdir -p ${path} && ${dress}`,
      )
    }
    if (found.kind !== 'directory') return impossible(`${path} is no directory`, 'move it away')
    const differing = describeAttributes(WANTED, found)
    return differing ? [{ what: path, ...differing, apply: dress }] : []
  },
})
