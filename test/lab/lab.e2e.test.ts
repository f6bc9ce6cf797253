import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { groupProcesses } from '../../src/lab/control-group.ts'
import { lookUp, setPtr, updateDns } from '../../src/lab/dns.ts'
import { execute } from '../../src/lab/execute.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { LabForwarder } from '../../src/lab/lab-forwarder.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { operatorPassword } from '../../src/lab/release.ts'
import { mounts } from '../../src/lab/tree.ts'
import { directoryUrl } from '../../src/lab/world.ts'

let lab: Lab

before(async () => {
  const hosts = [
    { name: 'mx1', release: 'trixie' },
    { name: 'mx2', release: 'bookworm' },
  ] as const
  lab = await openLab({ id: `e2e-${process.pid}`, hosts, world: true })
})

after(async () => {
  await lab?.close()
})

async function ssh(host: string, command: string, user = 'root', input = ''): Promise<string> {
  const { status, stdout, stderr } = await lab.execute(lab.sshCommand(host, [command], user), { input })
  assert.equal(status, 0, stderr)
  return stdout.trim()
}

test('hosts are what they were asked to be, and let their users in', async () => {
  assert.match(await ssh('mx1', '. /etc/os-release; echo $VERSION_CODENAME $(hostname)'), /^trixie mx1$/)
  assert.match(await ssh('mx2', '. /etc/os-release; echo $VERSION_CODENAME $(hostname)'), /^bookworm mx2$/)
  assert.equal(await ssh('mx1', 'systemctl is-system-running'), 'running')
  assert.equal(await ssh('mx2', 'sudo -n id -u', 'deploy'), '0')
  assert.equal(await ssh('mx2', 'sudo -S -p "" id -u', 'operator', `${operatorPassword}\n`), '0')
  const refused = await lab.execute(lab.sshCommand('mx2', ['sudo -n id -u'], 'operator'))
  assert.notEqual(refused.status, 0)
})

test('a host that was installed anew shows other keys, and the old ones do not let it pass', async () => {
  const old = await readFile(join(lab.directory, 'known_hosts'), 'utf8')
  await lab.recreate('mx1', { newKeys: true })
  await ssh('mx1', 'true')
  const kept = join(lab.directory, 'known_hosts.old')
  await writeFile(kept, old)
  const command = lab.sshCommand('mx1', ['true']).map((word) => word.replace(/known_hosts$/, 'known_hosts.old'))
  const { status, stderr } = await lab.execute(command)
  assert.equal(status, 255)
  assert.match(stderr, /REMOTE HOST IDENTIFICATION HAS CHANGED/)
})

test('a host reboots from the inside and keeps its disk', async () => {
  await ssh('mx1', 'touch /root/still-here')
  const boot = await ssh('mx1', 'cat /proc/sys/kernel/random/boot_id')
  await lab.reboot('mx1')
  assert.notEqual(await ssh('mx1', 'cat /proc/sys/kernel/random/boot_id'), boot)
  await ssh('mx1', 'test -e /root/still-here')
  assert.ok(existsSync(join(lab.upperDirectory('mx1'), 'root/still-here')))
})

test('after a power cut a host boots again; created anew it has forgotten everything', async () => {
  await ssh('mx1', 'touch /root/still-here')
  await lab.powerOff('mx1')
  assert.equal(await lab.isOn('mx1'), false)
  await lab.boot('mx1')
  await ssh('mx1', 'test -e /root/still-here')
  await lab.recreate('mx1')
  assert.equal(await ssh('mx1', 'ls /root'), '')
})

test('IPv6 is off on arrival, and a host can switch it on by itself', async () => {
  assert.equal(await ssh('mx2', 'cat /proc/sys/net/ipv6/conf/all/disable_ipv6'), '1')
  assert.equal(await ssh('mx2', 'ip -6 address show scope global'), '')
  await ssh(
    'mx2',
    `set -e; sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
     printf 'network: {version: 2, ethernets: {eth0: {addresses: ["2001:db8:64::12/64"]}}}' > /etc/netplan/60-test.yaml
     chmod 600 /etc/netplan/60-test.yaml; netplan apply`,
  )
  const ping = [
    'sh',
    '-c',
    'for n in 1 2 3 4 5 6 7 8; do nc -z -w 1 2001:db8:64::10 53 && exit; sleep 0.3; done; exit 1',
  ]
  await ssh('mx2', 'apt-get -qq update && apt-get -qq install netcat-openbsd > /dev/null')
  assert.equal((await lab.run('mx2', ping)).status, 0)
})

test('DNS answers at once, changes on request, and only with the key', async () => {
  await updateDns(lab, 'alpha.test', ['add smtp.alpha.test. 10 A 198.51.100.11'])
  assert.deepEqual(await lookUp(lab, 'smtp.alpha.test', 'A'), ['198.51.100.11'])
  assert.match(await ssh('mx2', 'getent ahostsv4 smtp.alpha.test'), /^198\.51\.100\.11 /)
  for (const address of [lab.host('mx1').ipv4, lab.host('mx1').ipv6]) await setPtr(lab, address, 'smtp.alpha.test')
  assert.match(await ssh('mx2', 'getent hosts 198.51.100.11'), /smtp\.alpha\.test$/)
  assert.match(await ssh('mx2', 'getent hosts 2001:db8:64::11'), /smtp\.alpha\.test$/)

  const began = Date.now()
  const elsewhere = await lab.run('mx2', ['getent', 'hosts', 'example.org'])
  assert.equal(elsewhere.status, 2)
  assert.ok(Date.now() - began < 1000, 'a name outside of the lab is refused and not waited for')

  await ssh('mx2', 'apt-get -qq update && apt-get -qq install bind9-dnsutils > /dev/null')
  const script = 'server 198.51.100.10\nzone beta.test.\nupdate add x.beta.test. 10 TXT "hello"\nsend\n'
  const withoutKey = await lab.run('mx2', ['nsupdate'], { input: script })
  assert.match(withoutKey.stderr, /REFUSED|NOTAUTH/)
  await lab.run('mx2', ['sh', '-c', 'umask 077; cat > /root/tsig.key'], {
    input: await readFile(join(lab.directory, 'tsig.key'), 'utf8'),
  })
  await lab.demand('mx2', ['nsupdate', '-k', '/root/tsig.key'], { input: script })
  assert.deepEqual(await lookUp(lab, 'x.beta.test', 'TXT'), ['"hello"'])
})

test('the certificate authority answers, and hosts trust it', async () => {
  assert.ok('newOrder' in JSON.parse(await ssh('mx1', `curl -sS ${directoryUrl}`)))
  const issuer = await readFile(join(lab.directory, 'issuer.pem'), 'utf8')
  const [line = ''] = issuer.split('\n').slice(1)
  assert.ok((await ssh('mx2', 'cat /etc/ssl/certs/ca-certificates.crt')).includes(line))
})

test('packages come from the release, and the pinned ones only when asked for', async () => {
  await ssh('mx2', 'apt-get -qq update')
  assert.match(await ssh('mx2', 'apt-cache policy chasquid libc6'), /Candidate: 1\.11-.*Candidate: 2\.36-/s)
  await ssh('mx2', 'apt-get -qq install chasquid=1.19.0-1 acme.sh > /dev/null 2>&1')
  assert.equal(await ssh('mx2', 'dpkg-query --show chasquid'), 'chasquid\t1.19.0-1')
  assert.match(await ssh('mx2', 'sha256sum /srv/apt/pinned/chasquid_1.19.0-1_amd64.deb'), /^[0-9a-f]{64} /)
})

test('there is no way out', async () => {
  for (const host of ['mx1', 'mx2']) {
    const { status } = await lab.run(host, ['curl', '--max-time', '5', '-s', 'http://192.0.2.1/'], {
      timeoutSeconds: 10,
    })
    assert.equal(status, 7, 'refused at once, not timed out')
  }
})

test('a forwarder in the lab delays and counts ssh', async () => {
  const forwarder = new LabForwarder(lab, {
    target: { host: lab.host('mx1').ipv4, port: 22 },
    roundTripMilliseconds: 50,
  })
  const port = await forwarder.open()
  const { ipv4 } = lab.host('mx1')
  const [program = 'ssh', ...rest] = lab.sshCommand('mx1', ['true'])
  const through = ['-p', String(port), '-o', `HostKeyAlias=${ipv4}`, '-o', 'HostName=127.0.0.1']
  const command = [program, ...through, ...rest]
  const began = Date.now()
  const { status, stderr } = await lab.execute(command)
  assert.equal(status, 0, stderr)
  assert.ok(Date.now() - began > 300)
  const traffic = await forwarder.traffic()
  assert.ok(traffic.turns >= 6 && traffic.turns <= 12, JSON.stringify(traffic))
  await forwarder.close()
})

test('closing leaves nothing behind', async () => {
  const machines = [...lab.hosts, lab.nameserver].map((host) => `lab-${lab.id}-${host?.name}`)
  await lab.close()
  const namespaces = await execute(['ip', 'netns', 'list'])
  assert.ok(!namespaces.stdout.includes(lab.id))
  assert.deepEqual(
    (await mounts()).filter(({ point }) => point.includes(lab.id)),
    [],
  )
  for (const machine of machines) assert.deepEqual(await groupProcesses(machine), [])
  assert.equal(existsSync(lab.directory), false)
  assert.equal(existsSync(`/etc/netns/${lab.namespace}`), false)
})
