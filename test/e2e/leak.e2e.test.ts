import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Secret } from '../../src/core/secret.ts'
import type { Lab } from '../../src/lab/lab.ts'
import { mailInventory } from '../../src/lab/mail-inventory.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import { armored, encrypt, encryptWithPassphrase, newIdentity } from '../../src/local/age.ts'
import { cli } from './controller.ts'
import { Laptop } from './laptop.ts'
import { formsOf, Sampler, searchFiles, secretsIn } from './leaks.ts'
import { eventually } from './running.ts'
import type { Needles, Sampled } from './sampler-process.ts'

// The whole mail playbook on two bare hosts, one of them through sudo with a password. Every secret that takes part is
// then looked for: in all that was printed, in every file of the controller and of the hosts, and, from the first run to
// the last, in the command lines and environments of all processes on both sides.

const dkim = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
const age = await newIdentity()
const secrets = {
  'password of a sender': 'Mk1/sender+pass?Word-Qx',
  'second password of a sender': 'Mk2/news+pass?Word-Zy',
  'token of a DNS provider': 'Mk3-acme-token-8f3Kd9',
  'password of sudo': 'Mk4-sudo-pass&word-7Ht',
  'passphrase of the identity': 'Mk5 passphrase of the identity',
  'DKIM key': String(dkim),
  identity: age.identity,
}

/** What has to be on a host, and where: nothing else may hold it. */
const WHERE_THEY_BELONG: readonly RegExp[] = [
  /^etc\/chasquid\/domains\/alpha\.test\/dkim:mail\.pem: DKIM key$/,
  /^var\/lib\/acme\.sh\/account\.conf: token of a DNS provider$/,
  /^var\/lib\/acme\.sh\/tsig\.key: key of DNS updates$/,
]

let lab: Lab
let laptop: QuietLaptop
let vault: string
let needles: Needles
let sampler: Sampler | undefined
let sampled: Sampled
const printed: string[] = []

/** Keeps everything that it writes below one folder. */
class QuietLaptop extends Laptop {
  /** Runs `provision ARGS` on a terminal, to its end. */
  onTerminal(...args: readonly string[]): Promise<{ status: number; stdout: string }> {
    const command = `stty columns 120 rows 40; exec "$NODE" ${[cli, ...args].map((word) => `'${word}'`).join(' ')}`
    return this.lab.execute(['script', '--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      environment: { ...this.environment, CI: '', NODE: process.execPath },
      timeoutSeconds: 400,
    })
  }

  override get environment(): Record<string, string> {
    const temporary = join(this.folder, 'tmp')
    return {
      ...super.environment,
      TMPDIR: temporary,
      XDG_RUNTIME_DIR: temporary,
      XDG_STATE_HOME: join(this.folder, 'state'),
    }
  }
}

before(async () => {
  lab = await openLab({
    world: true,
    hosts: [
      { name: 'mx1', release: 'trixie' },
      { name: 'mx2', release: 'bookworm' },
    ],
  })
  const tsig = readFileSync(join(lab.directory, 'tsig.secret'), 'utf8').trim()
  const all = { ...secrets, 'key of DNS updates': tsig }
  needles = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, formsOf(value)]))
  laptop = new QuietLaptop(lab)
  for (const folder of ['tmp', 'group_vars/all']) mkdirSync(join(laptop.folder, folder), { recursive: true })
  // What only the user knows is not among the files that are searched.
  vault = mkdtempSync(join(tmpdir(), 'provision-vault-'))
  writeFileSync(join(vault, 'sudo'), secrets['password of sudo'])
  writeFileSync(join(vault, 'passphrase'), secrets['passphrase of the identity'])
  const passphrase = new Secret(secrets['passphrase of the identity'])
  laptop.write('identity.age', await armored(await encryptWithPassphrase(Buffer.from(`${age.identity}\n`), passphrase)))
  const domain = (user: string) => ({
    senders: { [user]: `{{ secrets.${user} }}` },
    aliases: { '*': `${user}@alpha.test` },
  })
  const inventory = await mailInventory(lab, {
    mx1: {
      mailHost: 'smtp.alpha.test',
      domains: { 'alpha.test': { ...domain('i'), dkim: { private_key: '{{ secrets.dkim }}' } } },
    },
    mx2: {
      mailHost: 'smtp.beta.test',
      domains: { 'beta.test': { ...domain('news'), aliases: { '*': 'news@beta.test' } } },
    },
  })
  laptop.write(
    'inventory.yaml',
    inventory
      .replace(/^ +secrets: .*\n/m, '')
      .replace('NSUPDATE_KEY:', 'MARKED_TOKEN: "{{ secrets.token }}", NSUPDATE_KEY:')
      .replace('mail_host: smtp.alpha.test', 'user: operator\n          mail_host: smtp.alpha.test'),
  )
  const variables = {
    secrets: {
      tsig,
      i: secrets['password of a sender'],
      news: secrets['second password of a sender'],
      token: secrets['token of a DNS provider'],
      dkim: secrets['DKIM key'],
    },
  }
  const sealed = await encrypt(Buffer.from(JSON.stringify(variables)), [age.recipient])
  laptop.write('group_vars/all/secrets.yaml', await armored(sealed))
  await lab.demand('mx1', ['chpasswd'], { input: `operator:${secrets['password of sudo']}\n` })
})

after(async () => {
  sampler?.kill()
  laptop?.close()
  if (vault) rmSync(vault, { recursive: true })
  await lab?.close()
})

const keys = (): readonly string[] => [
  ...['-i', `${laptop.folder}/inventory.yaml`, '--identity', `${laptop.folder}/identity.age`],
  ...['--passphrase-file', `${vault}/passphrase`, '--become-password-file', `${vault}/sudo`],
]

async function sample(words: Needles): Promise<Sampler> {
  const begun = new Sampler(words)
  sampler = begun
  await eventually('begins to sample', () => begun.isSampling)
  return begun
}

async function said(status: number, ...args: readonly string[]): Promise<string> {
  const { status: ended, stdout, stderr } = await laptop.provision(...args, ...keys())
  printed.push(stdout, stderr)
  assert.equal(
    ended,
    status,
    secretsIn(stdout + stderr, needles).length === 0 ? stdout + stderr : 'and it printed a secret',
  )
  return stdout
}

describe('secrets', () => {
  it('are found by the search, wherever they are: what follows is worth something', async () => {
    const word = 'Mk0-canary+in/some?where'
    const forms = { canary: formsOf(word) }
    const samples = await sample(forms)
    await lab.run('mx1', ['sh', '-c', 'sleep 0.3; :', word])
    await lab.run('mx2', ['sh', '-c', 'read -r WORD; export WORD; sleep 0.3'], { input: `${word}\n` })
    const { found } = await samples.end()
    assert.ok(found.includes('cmdline of sh: canary'), found.join('\n'))
    assert.ok(found.includes('environ of sleep: canary'), found.join('\n'))
    for (const [name, text] of Object.entries({
      plain: `x${word}x`,
      base64: Buffer.from(`xy${word}x`).toString('base64'),
      url: new URLSearchParams({ word }).toString(),
    })) {
      assert.deepEqual(secretsIn(text, forms), ['canary'], name)
      await lab.demand('mx1', ['tee', `/root/${name}`], { input: text })
    }
    const files = searchFiles(join(lab.upperDirectory('mx1'), 'root'), forms).found
    assert.deepEqual(files, ['base64: canary', 'plain: canary', 'url: canary'])
    await lab.demand('mx1', ['rm', '/root/plain', '/root/base64', '/root/url'])
  })

  it('are used by the whole mail playbook: checked, applied on a terminal, and used again', {
    timeout: 500_000,
  }, async () => {
    const samples = await sample(needles)
    const plan = join(laptop.folder, 'plan.json')
    await said(2, 'site', '--check', '--save', plan, '--output', 'json', '-vvv')
    const { status, stdout } = await laptop.onTerminal('site', '-vvv', '--diff', ...keys())
    printed.push(stdout)
    assert.equal(status, 0, secretsIn(stdout, needles).length === 0 ? stdout.slice(-4000) : 'and it printed a secret')
    await said(0, 'users', '--output', 'plain', '-vvv')
    await said(0, 'site', '--list-tasks')
    await said(0, 'facts', 'mx2')
    await said(0, 'history', '-b')
    const shown = await laptop.provision('show', plan, '-vvv')
    printed.push(shown.stdout, shown.stderr)
    assert.equal(shown.status, 0)
    const failing = laptop.write(
      'fail.yaml',
      [
        '- hosts: mail',
        '  become: true',
        '  tasks:',
        '    - name: it fails for {{ secrets.i }}',
        '      command:',
        '        run: "env; set; cat; printf %s {{ quote secrets.i }} | base64; printf %s {{ quote secrets.dkim }} | base64; echo {{ token }} >&2; exit 3"',
        '        stdin: "{{ secrets.news }}"',
        '      vars: { token: "{{ secrets.token }}" }',
        '',
      ].join('\n'),
    )
    for (const kind of ['plain', 'json', 'live']) await said(1, failing, '--output', kind, '-vvv')
    laptop.write('wrong.yaml', '- { hosts: mail, tasks: [{ file: { path: /x, mode: "{{ secrets.news }}" } }] }\n')
    await said(4, `${laptop.folder}/wrong.yaml`, '-e', JSON.stringify({ sudo: 'x' }))
    sampled = await samples.end()
  })

  it('are in nothing that was printed', (context) => {
    const text = printed.join('\n')
    context.diagnostic(`${text.length} bytes printed`)
    assert.deepEqual(secretsIn(text, needles), [])
    assert.ok(text.split('‹secret›').length > 20)
  })

  it('are in no command line and no environment, on either side', (context) => {
    const { samples, seconds, processes, bytes } = sampled
    context.diagnostic(
      `${samples} samples, ${Math.round(samples / seconds)} a second, of ${processes} processes; ${bytes} different bytes`,
    )
    assert.deepEqual(sampled.found, [])
  })

  it('are in no file of the controller, but for the ones that the user wrote', (context) => {
    const { found, bytes } = searchFiles(laptop.folder, needles)
    context.diagnostic(`${bytes} bytes of the controller`)
    assert.ok(existsSync(join(laptop.folder, 'state')))
    assert.deepEqual(found, [])
  })

  it('are on the disks of hosts only where they belong', (context) => {
    for (const { name } of lab.hosts) {
      const { found, bytes } = searchFiles(lab.upperDirectory(name), needles)
      context.diagnostic(`${bytes} bytes of ${name}`)
      const others = found.filter((line) => !WHERE_THEY_BELONG.some((place) => place.test(line)))
      assert.deepEqual(others, [], name)
      assert.ok(found.length > 0, name)
    }
  })
})
