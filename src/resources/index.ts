import type { Resource } from '../core/resource.ts'
import { acmeAccount } from './acme-account.ts'
import { acmeCertificate } from './acme-certificate.ts'
import { acmeClient } from './acme-client.ts'
import { aptRepository } from './apt-repository.ts'
import { assert } from './assert.ts'
import { authorizedKey } from './authorized-key.ts'
import { block } from './block.ts'
import { chasquid } from './chasquid.ts'
import { chasquidAliases } from './chasquid-aliases.ts'
import { chasquidDkimKey } from './chasquid-dkim-key.ts'
import { chasquidDomain } from './chasquid-domain.ts'
import { chasquidUser } from './chasquid-user.ts'
import { command } from './command.ts'
import { copy } from './copy.ts'
import { cron } from './cron.ts'
import { debug } from './debug.ts'
import { directory } from './directory.ts'
import { dnsRecords } from './dns-records.ts'
import { fail } from './fail.ts'
import { file } from './file.ts'
import { git } from './git.ts'
import { group } from './group.ts'
import { hostname } from './hostname.ts'
import { hostsEntry } from './hosts-entry.ts'
import { line } from './line.ts'
import { link } from './link.ts'
import { locale } from './locale.ts'
import { netplan } from './netplan.ts'
import { packages } from './packages.ts'
import { reboot } from './reboot.ts'
import { script } from './script.ts'
import { service } from './service.ts'
import { set } from './set.ts'
import { sudoers } from './sudoers.ts'
import { sysctl } from './sysctl.ts'
import { template } from './template.ts'
import { timer } from './timer.ts'
import { timezone } from './timezone.ts'
import { user } from './user.ts'
import { waitFor } from './wait-for.ts'

/** Every resource that is shipped, in alphabetical order. */
export const resources: readonly Resource[] = [
  acmeAccount,
  acmeCertificate,
  acmeClient,
  aptRepository,
  assert,
  authorizedKey,
  block,
  chasquid,
  chasquidAliases,
  chasquidDkimKey,
  chasquidDomain,
  chasquidUser,
  command,
  copy,
  cron,
  debug,
  directory,
  dnsRecords,
  fail,
  file,
  git,
  group,
  hostname,
  hostsEntry,
  line,
  link,
  locale,
  netplan,
  packages,
  reboot,
  script,
  service,
  set,
  sudoers,
  sysctl,
  template,
  timer,
  timezone,
  user,
  waitFor,
]

/** The same by their names in playbooks. */
export const registry: ReadonlyMap<string, Resource> = new Map(resources.map((resource) => [resource.name, resource]))
