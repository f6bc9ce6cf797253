import * as z from 'zod'
import { type Script, sh } from '../core/shell.ts'

/** How Debian's package lays chasquid out. The daemon runs as the group's only member and must read everything below. */
export const CONFIGURATION = '/etc/chasquid'
export const GROUP = 'chasquid'

export function domainDirectory(domain: string): string {
  return `${CONFIGURATION}/domains/${domain}`
}

/** What `notReady` says where the domain's directory is missing. */
export function domainMissing(domain: string): string {
  return `${domainDirectory(domain)} does not exist: the domain comes with chasquid_domain`
}

export const NOT_INSTALLED = 'chasquid is not installed'

/** `chasquid 1.15.0-1 (…)`, or `none`. */
export const readVersion: Script = sh`if command -v chasquid >/dev/null; then chasquid -version; else echo none; fi`

export function domain() {
  return z
    .string()
    .regex(
      /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
      'must be a domain in lower case, such as example.org',
    )
}
