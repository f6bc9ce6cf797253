/**
 * The recipes: what is in a base image and in its package repository. Pure data, so that its fingerprint tells
 * whether a cached result is still the one described here.
 */
import { createHash } from 'node:crypto'

export type Release = 'bookworm' | 'trixie'

export const releases: readonly Release[] = ['bookworm', 'trixie']

/** What a rented server has on arrival. */
export const imagePackages = [
  ...['systemd', 'systemd-sysv', 'systemd-resolved', 'dbus', 'udev', 'openssh-server', 'sudo', 'iproute2'],
  ...['ca-certificates', 'netplan.io', 'cron', 'curl', 'rsyslog', 'procps', 'locales', 'tzdata', 'kmod', 'nftables'],
]

/** What hosts can install although they have no way out; dependencies come along. */
export const offeredPackages: Record<Release, string[]> = {
  bookworm: [...offeredEverywhere()],
  trixie: [...offeredEverywhere(), 'acme.sh', 'knot', 'knot-dnsutils', 'pebble'],
}

function offeredEverywhere(): string[] {
  return [
    ...['chasquid', 'openssl', 'ca-certificates', 'curl', 'adduser', 'acl', 'bind9-dnsutils', 'bind9-host'],
    ...['nftables', 'ufw', 'git', 'cron', 'logrotate', 'unattended-upgrades', 'apt-listchanges', 'python3-dkim'],
    ...['locales', 'tzdata', 'rsync', 'jq', 'socat', 'netcat-openbsd', 'swaks', 'libnet-ssleay-perl', 'tree'],
    ...['systemd-timesyncd', 'unbound', 'dns-root-data', 'nginx', 'exim4-daemon-light'],
  ]
}

/** Files that the program pins by version and hash, offered to both releases: they depend on almost nothing. */
export const pinnedPackages = [
  { name: 'chasquid', version: '1.19.0-1', file: 'chasquid_1.19.0-1_amd64.deb', suite: 'sid' },
  { name: 'acme.sh', version: '3.1.1-1', file: 'acme.sh_3.1.1-1_all.deb', suite: 'trixie' },
] as const

/** Where hosts see the packages of their release, and the pinned ones. */
export const packagesMount = '/srv/apt/packages'
export const pinnedMount = '/srv/apt/pinned'

/** The folder in which the stand-in for maildrop leaves each message as a file: USER/TIME.eml. */
export const inboxDirectory = '/var/lib/lab-inbox'

/** The password of the user whose sudo asks for one. */
export const operatorPassword = 'lab-operator-password'

const maildrop = `#!/bin/sh
# Stands in for maildrop, chasquid's default delivery agent: every message becomes a file that a test can read.
while getopts f:d: option; do
  case $option in
    f) from=$OPTARG ;;
    d) user=$OPTARG ;;
    *) exit 64 ;;
  esac
done
case $user in '' | .* | */*) exit 64 ;; esac
umask 022
mkdir -p "${inboxDirectory}/$user" || exit 75
temporary=$(mktemp "${inboxDirectory}/$user/.XXXXXXXX") || exit 75
{ printf 'Return-Path: <%s>\\n' "$from" && cat; } > "$temporary" && chmod 644 "$temporary" &&
  mv "$temporary" "${inboxDirectory}/$user/$(date +%s%N).eml" || exit 75
`

/**
 * netplan apply tells udev to look at the network devices again, by writing to their files in /sys, and fails on
 * bookworm where it cannot. All of /sys is read-only in a host, so this makes only its own network devices writable.
 */
const networkDevices = `[Unit]
Description=Writable network devices
DefaultDependencies=no
Before=systemd-udevd.service systemd-networkd.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/mkdir -p /run/lab-sys
ExecStart=/bin/mount -t sysfs sysfs /run/lab-sys
ExecStart=/bin/mount -o remount,rw /run/lab-sys
ExecStart=/bin/mount --bind /run/lab-sys/devices/virtual/net /sys/devices/virtual/net
ExecStart=/bin/umount /run/lab-sys

[Install]
WantedBy=sysinit.target
`

/** Files of the image: path, text, and mode where it is not 644. */
export const imageFiles: { path: string; text: string; mode?: number }[] = [
  {
    // netplan apply reloads udevd, which refuses to start by itself where /sys is read-only.
    path: '/etc/systemd/system/systemd-udevd.service.d/lab.conf',
    text: '[Unit]\nConditionPathIsReadWrite=\n',
  },
  { path: '/etc/systemd/system/lab-network-devices.service', text: networkDevices },
  {
    // As on many rented servers: making mail leave over IPv6 too is the program's job, so it has to be off before.
    path: '/etc/sysctl.d/10-disable-ipv6.conf',
    text: ['all', 'default', 'lo'].map((name) => `net.ipv6.conf.${name}.disable_ipv6 = 1\n`).join(''),
  },
  {
    // As Ubuntu ships it: asking the neighbours about names without a dot would take ten seconds each time.
    path: '/etc/systemd/resolved.conf.d/lab.conf',
    text: '[Resolve]\nLLMNR=no\n',
  },
  {
    path: '/etc/apt/sources.list.d/lab.list',
    text: [packagesMount, pinnedMount].map((mount) => `deb [trusted=yes] file:${mount} ./\n`).join(''),
  },
  { path: '/etc/sudoers.d/deploy', text: 'deploy ALL=(ALL:ALL) NOPASSWD: ALL\n', mode: 0o440 },
  { path: '/usr/bin/maildrop', text: maildrop, mode: 0o755 },
]

/** Run inside the image once its packages are there. */
export const imageSetup = `set -eu
rm -f /etc/apt/sources.list /etc/dpkg/dpkg.cfg.d/lab /etc/dpkg/dpkg.cfg.d/99mmdebstrap /etc/apt/apt.conf.d/99mmdebstrap
rm -f /etc/ssh/ssh_host_* /etc/machine-id /var/lib/dbus/machine-id /etc/hostname
rm -rf /var/lib/apt/lists /var/cache/apt/archives /var/cache/apt/*.bin /var/log/apt /var/log/dpkg.log
mkdir -p /var/lib/apt/lists/partial /var/cache/apt/archives/partial ${packagesMount} ${pinnedMount}
ln -sfn ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
# Neither can work in a container, and both would make systemctl is-system-running say degraded.
ln -sf /dev/null /etc/systemd/system/systemd-modules-load.service
ln -sf /dev/null /etc/systemd/system/systemd-udev-trigger.service
ln -sf /dev/null /etc/systemd/system/systemd-networkd-wait-online.service
systemctl -q enable lab-network-devices
useradd --create-home --shell /bin/bash deploy
useradd --create-home --shell /bin/bash --gid operator --groups sudo operator
printf 'operator:%s\\n' '${operatorPassword}' | chpasswd
install -d -m 1777 ${inboxDirectory}
# Without these the first boot spends seconds on ldconfig and on the journal's catalogue.
touch -r /usr /etc/.updated /var/.updated
`

/** A short name for exactly this recipe: when any of its parts changes, so does the name. */
export function fingerprint(...parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)
}
