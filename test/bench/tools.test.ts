import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { resetScript, stateScript } from '../../bench/equal.ts'
import { tools } from '../../bench/tools/index.ts'
import type { Place } from '../../bench/types.ts'
import { wanted } from '../../bench/wanted.ts'

let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-'))
})

after(() => rm(folder, { recursive: true, force: true }))

async function place(): Promise<Place> {
  const own = await mkdtemp(join(folder, 'tool-'))
  const knownHosts = join(own, 'known_hosts')
  await writeFile(knownHosts, 'mx1.example.org ssh-ed25519 AAAA\n')
  const targets = ['192.0.2.1', '192.0.2.2'].map((address, index) => ({ name: `mx${index + 1}`, address, port: 2222 }))
  return { folder: own, key: join(own, 'key'), knownHosts, targets }
}

/** What each tool printed at its end, cut: with changes, and without. */
const printed: Readonly<Record<string, { changed: string; same: string }>> = {
  script: { changed: 'changed 0\nchanged 3\n', same: 'changed 0\nchanged 0\n' },
  ansible: {
    changed: 'mx1 : ok=3 changed=0 unreachable=0\nmx2 : ok=3 changed=2 unreachable=0\n',
    same: 'mx1 : ok=3 changed=0 unreachable=0\nmx2 : ok=3 changed=0 unreachable=0\n',
  },
  itamae: {
    changed: ` INFO : Recipe: /r/recipe.rb\n INFO :   file[/srv/bench/a] exist will change from 'false' to 'true'\n`,
    same: ' INFO : Starting Itamae... \n INFO : Recipe: /r/recipe.rb\n',
  },
}

describe('the contestants', () => {
  it('have names of their own, in the order of the page', () => {
    const peers = ['ansible', 'ansible-pipelining', 'ansible-mitogen', 'pyinfra', 'itamae', 'bundlewrap', 'cdist']
    assert.deepEqual(
      tools.map(({ name }) => name),
      ['floor', 'script', 'provision', ...peers],
    )
  })

  for (const tool of tools) {
    it(`${tool.name} names every target and runs what is there`, async () => {
      const own = await place()
      const { argv, cwd } = await tool.prepare(wanted(40), own)
      assert.equal(cwd, own.folder)
      const written = spawnSync('grep', ['-rlE', 'mx2', own.folder], { encoding: 'utf8' }).stdout
      assert.ok(argv.join(' ').includes('mx2') || written !== '', argv.join(' '))
    })
  }

  for (const [name, { changed, same }] of Object.entries(printed)) {
    it(`${name} tells a run with changes from one without`, async () => {
      const { unchanged } = await tools.find((tool) => tool.name === name)!.prepare(wanted(10), await place())
      assert.match(same, unchanged!)
      assert.doesNotMatch(changed, unchanged!)
    })
  }
})

describe('the scripts for the host', () => {
  for (const [name, script] of Object.entries({ state: stateScript(wanted(400)), reset: resetScript(wanted(400)) })) {
    it(`${name} can be read by sh`, () => {
      const { status, stderr } = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' })
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
    })
  }

  it('state has a look at every kind', () => {
    const script = stateScript(wanted(40))
    for (const word of ['stat -c', 'sha256sum', 'getent passwd', 'dpkg-query', 'systemctl is-active', 'sysctl -n']) {
      assert.ok(script.includes(word), word)
    }
  })
})
