import type { Resource } from '../core/resource.ts'
import { acmeAccount } from './acme-account.ts'
import { acmeCertificate } from './acme-certificate.ts'
import { acmeClient } from './acme-client.ts'
import { acmeDns } from './acme-dns.ts'
import { acmeOrder } from './acme-order.ts'
import { ageArchive } from './age-archive.ts'
import { ageOpen } from './age-open.ts'
import { aptRepository } from './apt-repository.ts'
import { assert } from './assert.ts'
import { authorizedKey } from './authorized-key.ts'
import { block } from './block.ts'
import { blocklist } from './blocklist.ts'
import { caa } from './caa.ts'
import { chasquid } from './chasquid.ts'
import { chasquidAliases } from './chasquid-aliases.ts'
import { chasquidDkimKey } from './chasquid-dkim-key.ts'
import { chasquidDomain } from './chasquid-domain.ts'
import { chasquidRunning } from './chasquid-running.ts'
import { chasquidSenderGuard } from './chasquid-sender-guard.ts'
import { chasquidUser } from './chasquid-user.ts'
import { chasquidUsers } from './chasquid-users.ts'
import { command } from './command.ts'
import { copy } from './copy.ts'
import { cron } from './cron.ts'
import { debug } from './debug.ts'
import { directory } from './directory.ts'
import { dkim } from './dkim.ts'
import { dkimRotation } from './dkim-rotation.ts'
import { dmarc } from './dmarc.ts'
import { dns } from './dns.ts'
import { dnsRecords } from './dns-records.ts'
import { dnsZone } from './dns-zone.ts'
import { domainAge } from './domain-age.ts'
import { fail } from './fail.ts'
import { file } from './file.ts'
import { firewall } from './firewall.ts'
import { git } from './git.ts'
import { group } from './group.ts'
import { hostFit } from './host-fit.ts'
import { hostname } from './hostname.ts'
import { hostsEntry } from './hosts-entry.ts'
import { http } from './http.ts'
import { inbound } from './inbound.ts'
import { installed } from './installed.ts'
import { journal } from './journal.ts'
import { line } from './line.ts'
import { link } from './link.ts'
import { localFile } from './local-file.ts'
import { locale } from './locale.ts'
import { loopbackName } from './loopback-name.ts'
import { mailDelivery } from './mail-delivery.ts'
import { mailDomains } from './mail-domains.ts'
import { mailFacts } from './mail-facts.ts'
import { mailReceived } from './mail-received.ts'
import { mailStatus } from './mail-status.ts'
import { mtaSts } from './mta-sts.ts'
import { mtaStsHost } from './mta-sts-host.ts'
import { mx } from './mx.ts'
import { nameservers } from './nameservers.ts'
import { netplan } from './netplan.ts'
import { outbound } from './outbound.ts'
import { packages } from './packages.ts'
import { port } from './port.ts'
import { portsFree } from './ports-free.ts'
import { reboot } from './reboot.ts'
import { restoredFile } from './restored-file.ts'
import { reverseDns } from './reverse-dns.ts'
import { script } from './script.ts'
import { service } from './service.ts'
import { set } from './set.ts'
import { smtpDialogue } from './smtp-dialogue.ts'
import { spf } from './spf.ts'
import { sshd } from './sshd.ts'
import { sudoers } from './sudoers.ts'
import { sysctl } from './sysctl.ts'
import { template } from './template.ts'
import { testMail } from './test-mail.ts'
import { timeSync } from './time-sync.ts'
import { timer } from './timer.ts'
import { timezone } from './timezone.ts'
import { tls } from './tls.ts'
import { tlsRpt } from './tls-rpt.ts'
import { tlsa } from './tlsa.ts'
import { unattendedUpgrades } from './unattended-upgrades.ts'
import { user } from './user.ts'
import { waitFor } from './wait-for.ts'
import { zone } from './zone.ts'

/** Every resource that is shipped, in alphabetical order. */
export const resources: readonly Resource[] = [
  acmeAccount,
  acmeCertificate,
  acmeClient,
  acmeDns,
  acmeOrder,
  ageArchive,
  ageOpen,
  aptRepository,
  assert,
  authorizedKey,
  block,
  blocklist,
  caa,
  chasquid,
  chasquidAliases,
  chasquidDkimKey,
  chasquidDomain,
  chasquidRunning,
  chasquidSenderGuard,
  chasquidUser,
  chasquidUsers,
  command,
  copy,
  cron,
  debug,
  directory,
  dkim,
  dkimRotation,
  dmarc,
  dns,
  dnsRecords,
  dnsZone,
  domainAge,
  fail,
  file,
  firewall,
  git,
  group,
  hostFit,
  hostname,
  hostsEntry,
  http,
  inbound,
  installed,
  journal,
  line,
  link,
  localFile,
  locale,
  loopbackName,
  mailDelivery,
  mailDomains,
  mailFacts,
  mailReceived,
  mailStatus,
  mtaSts,
  mtaStsHost,
  mx,
  nameservers,
  netplan,
  outbound,
  packages,
  port,
  portsFree,
  reboot,
  restoredFile,
  reverseDns,
  script,
  service,
  set,
  smtpDialogue,
  spf,
  sshd,
  sudoers,
  sysctl,
  template,
  testMail,
  timeSync,
  timer,
  timezone,
  tls,
  tlsRpt,
  tlsa,
  unattendedUpgrades,
  user,
  waitFor,
  zone,
]

/** The same by their names in playbooks. */
export const registry: ReadonlyMap<string, Resource> = new Map(resources.map((resource) => [resource.name, resource]))
