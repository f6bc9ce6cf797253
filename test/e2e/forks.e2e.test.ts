import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { readFile } from '../../src/core/file.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { reading } from '../../src/core/prelude.ts'
import type { Script } from '../../src/core/shell.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { LabForwarder } from '../../src/lab/lab-forwarder.ts'
import { pinnedHostKey } from '../../src/lab/mail-inventory.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { readAccount, readGroups } from '../../src/resources/account-state.ts'
import { readPackages } from '../../src/resources/package-state.ts'
import { sysctl } from '../../src/resources/sysctl.ts'
import { readUnits } from '../../src/resources/unit-state.ts'
import { Laptop } from './laptop.ts'

// What a survey costs: processes on the host, bytes on the wire. Both hold still where times do not.

const gateway = '198.51.100.1'
const sizes = [10, 40, 400] as const
type Size = (typeof sizes)[number]

let lab: Lab
let laptop: Laptop
let forwarder: LabForwarder
let inventory: readonly ['-i', string]

before(async () => {
  lab = await openLab({
    hosts: [
      { name: 'far', release: 'trixie' },
      { name: 'old', release: 'bookworm' },
    ],
  })
  laptop = new Laptop(lab)
  const far = lab.host('far')
  const host_key = await pinnedHostKey(lab, far)
  forwarder = new LabForwarder(lab, { listen: { host: gateway }, target: { host: far.ipv4, port: 22 } })
  inventory = laptop.inventory('far', { far: { host: gateway, port: await forwarder.open(), host_key } })
  for (const size of sizes) laptop.write(`${size}.yaml`, playbook(size))
  const { status, stdout } = await laptop.provision(...inventory, `${laptop.folder}/400.yaml`)
  assert.equal(status, 0, stdout)
})

after(async () => {
  await forwarder?.close()
  laptop?.close()
  await lab?.close()
})

const installed = ['curl', 'sudo', 'openssh-server', 'cron', 'rsyslog', 'procps', 'locales', 'kmod', 'nftables', 'dbus']
const units = ['ssh', 'cron', 'rsyslog', 'systemd-journald', 'dbus', 'systemd-resolved']
const parameters = ['accept_redirects', 'send_redirects', 'accept_source_route', 'rp_filter', 'secure_redirects']

const kinds: readonly ((number: number) => JsonObject)[] = [
  (number) => ({ file: { path: `/srv/forks/file-${number}`, content: `file ${number}\n` } }),
  (number) => ({ line: { path: '/srv/forks/lines', line: `line ${number}`, create: true } }),
  (number) => ({ directory: { path: `/srv/forks/directory-${number}`, mode: '0750' } }),
  (number) => ({ link: { path: `/srv/forks/link-${number}`, target: `file-${number}` } }),
  (number) => ({ cron: { name: `forks-${number}`, job: 'true', special_time: 'reboot' } }),
  (number) => ({ command: { run: `touch /srv/forks/made-${number}`, creates: `/srv/forks/made-${number}` } }),
  (number) => ({ group: { name: `forks${number % 20}` } }),
  (number) => ({ user: { name: `forks${number % 20}`, comment: 'A user of a test' } }),
  (number) => ({ packages: { names: [installed[number % installed.length]!] } }),
  (number) => ({ service: { name: units[number % units.length]!, state: 'started' } }),
  (number) => ({ sysctl: { key: `net.ipv4.conf.lo.${parameters[number % parameters.length]}`, value: 1 } }),
]

function playbook(size: Size): string {
  const folder: JsonObject = { name: 'Folder', directory: { path: '/srv/forks' } }
  const others = Array.from({ length: size - 1 }, (_, number) => ({
    name: `Task ${number}`,
    ...kinds[number % kinds.length]?.(Math.floor(number / kinds.length)),
  }))
  return JSON.stringify([{ hosts: 'all', tasks: [folder, ...others] }])
}

/** Numbers of processes follow each other, in a host as in a machine of its own. */
async function processes(): Promise<number> {
  return Number(await laptop.onHost('far', 'echo $$'))
}

/** Processes on the host and bytes to it, for a run that finds nothing to do; what else the host does in that time may add some. */
async function cost(size: Size, ...args: readonly string[]): Promise<{ forks: number; bytes: number }> {
  const tries: { forks: number; bytes: number }[] = []
  for (let number = 0; number < 3; number++) {
    await forwarder.reset()
    const begin = await processes()
    const { status, stdout, stderr } = await laptop.provision(...inventory, `${laptop.folder}/${size}.yaml`, ...args)
    assert.equal(status, 0, stdout + stderr)
    tries.push({ forks: (await processes()) - begin, bytes: (await forwarder.traffic()).bytesUp })
  }
  return { forks: Math.min(...tries.map(({ forks }) => forks)), bytes: Math.min(...tries.map(({ bytes }) => bytes)) }
}

describe('a survey', () => {
  for (const mode of ['--check', 'apply'] as const) {
    it(`${mode}: processes do not grow with the tasks, and bytes by few for each`, async (t) => {
      const args = mode === '--check' ? [mode] : []
      const [ten, forty, many] = [await cost(10, ...args), await cost(40, ...args), await cost(400, ...args)]
      t.diagnostic(JSON.stringify({ ten, forty, many }))
      assert.ok(ten.forks <= 55, `${ten.forks} processes for 10 tasks`)
      assert.ok(forty.forks <= 60, `${forty.forks} processes for 40 tasks`)
      assert.ok(many.forks <= forty.forks + 5, `${many.forks} processes for 400 tasks, ${forty.forks} for 40`)
      assert.ok(forty.bytes <= 25_000, `${forty.bytes} bytes for 40 tasks`)
      const each = (many.bytes - forty.bytes) / 360
      assert.ok(each <= 100, `${each} bytes for a task`)
    })
  }
})

const reads: { readonly [kind: string]: readonly Script[] } = {
  files: [
    '/etc/passwd',
    '/etc/hostname',
    '/etc',
    '/bin',
    '/dev/null',
    '/nowhere',
    '/no/where',
    '/usr/bin/stat',
  ].flatMap((path) => [readFile(path), readFile(path, Buffer.from([0]))]),
  accounts: ['root', 'nobody', 'nosuchuser', 'sshd', 'messagebus'].map(readAccount),
  groups: [['root'], ['sudo', 'nosuchgroup', 'adm'], ['nosuchgroup']].map(readGroups),
  packages: [...installed.map((name) => [name]), ['nosuch'], ['awk', 'curl'], ['cron-daemon', 'nosuch']].map(
    readPackages,
  ),
  units: [
    ...units.map((name) => [`${name}.service`]),
    ['nosuch.timer', 'nosuch.service'],
    ['ssh.socket', 'ssh.service'],
    ['-.mount'],
    ['getty@tty1.service'],
    ['dbus-org.freedesktop.resolve1.service'],
    ['apt-daily.timer'],
  ].map((names) => readUnits(...names)),
  'running parameters': parameters.map((name) => parameter(name).running),
  'saved parameters': parameters.map((name) => parameter(name).saved),
}

function parameter(name: string): { readonly running: Script; readonly saved: Script } {
  return sysctl.read(sysctl.params.parse({ key: `net.ipv4.conf.lo.${name}`, value: 1 }), {})
}

for (const host of ['far', 'old']) {
  describe(`what a batch answers on ${host} is what each read prints`, () => {
    for (const [kind, scripts] of Object.entries(reads)) {
      it(kind, async () => {
        const say = (script: Script): Promise<string> =>
          laptop.onHost(host, `export LC_ALL=C\n${reading.reveal()}\n${script.reveal()}\nexit "$?"`)
        const { batch } = scripts[0]!.batched!
        const keys = scripts.map(({ batched }) => batched!.key)
        assert.ok(scripts.every(({ batched }) => batched!.batch === batch))
        const answers = batch.split(await say(batch.ask(keys, 'mark')), keys, 'mark')
        for (const [index, script] of scripts.entries()) assert.equal(answers[index], await say(script), String(script))
      })
    }
  })
}
