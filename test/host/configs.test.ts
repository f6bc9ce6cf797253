import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isForAllHosts, SshConfigs } from '../../src/host/configs.ts'

const same = {
  nothing: '',
  'what Debian ships':
    'Include /etc/ssh/ssh_config.d/*.conf\n\nHost *\n#   ForwardAgent no\n    SendEnv LANG LC_*\n    HashKnownHosts yes\n',
  'settings without a section': 'User deploy\nIdentityFile=~/.ssh/work\n\tServerAliveInterval 15\n',
  'other files, which are looked at as well': 'Include ~/.ssh/conf.d/*\n',
}
const different = {
  'a section for some hosts': 'Host mx1\n  Port 2222\n',
  'a pattern that is not all': 'Host * !mx1\n  Port 2222\n',
  'a Match': 'Match exec "test -e /tmp/x"\n  User other\n',
  'a name in a value': 'IdentityFile ~/.ssh/%h\n',
  'a jump host, which is not its own': 'ProxyJump jump.example.org\n',
  'another name': 'HostName 192.0.2.1\n',
  'what cannot be understood': 'Host\n',
}

describe('ssh_config', () => {
  for (const [what, text] of Object.entries(same)) {
    it(`says the same of all hosts: ${what}`, () => assert.equal(isForAllHosts(text), true))
  }
  for (const [what, text] of Object.entries(different)) {
    it(`is asked about each host: ${what}`, () => assert.equal(isForAllHosts(text), false))
  }
})

/** Asks about three hosts with an ssh that reads a file of its own, as wrappers on PATH do. */
async function ask(config: string): Promise<{ readonly hostnames: readonly string[]; readonly processes: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'provision-test-'))
  const path = process.env.PATH
  writeFileSync(join(folder, 'config'), config)
  writeFileSync(
    join(folder, 'ssh'),
    `#!/bin/sh\necho >>${folder}/calls\nexec ${sshProgram()} -F ${folder}/config "$@"\n`,
    {
      mode: 0o755,
    },
  )
  process.env.PATH = `${folder}:${path}`
  try {
    const configs = new SshConfigs()
    const about = await Promise.all(['mx1', 'mx2', 'mx3'].map((host) => configs.about(host, {})))
    return {
      hostnames: about.map(({ hostname }) => hostname),
      processes: readFileSync(join(folder, 'calls'), 'utf8').length,
    }
  } finally {
    process.env.PATH = path
    rmSync(folder, { recursive: true })
  }
}

function sshProgram(): string {
  return execFileSync('sh', ['-c', 'command -v ssh'], { encoding: 'utf8' }).trim()
}

it('the files that ssh itself reads decide how often it is asked', async () => {
  assert.deepEqual(await ask('Host *\nUser deploy\n'), { hostnames: ['mx1', 'mx2', 'mx3'], processes: 1 })
  assert.deepEqual(await ask('Host mx2\nHostName 192.0.2.2\n'), {
    hostnames: ['mx1', '192.0.2.2', 'mx3'],
    processes: 3,
  })
})
