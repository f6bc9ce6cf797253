import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isForAllHosts } from '../../src/host/configs.ts'

const same = {
  nothing: '',
  'what Debian ships':
    'Include /etc/ssh/ssh_config.d/*.conf\n\nHost *\n#   ForwardAgent no\n    SendEnv LANG LC_*\n    HashKnownHosts yes\n',
  'settings without a section': 'User deploy\nIdentityFile=~/.ssh/work\n\tServerAliveInterval 15\n',
}
const different = {
  'a section for some hosts': 'Host mx1\n  Port 2222\n',
  'a pattern that is not all': 'Host * !mx1\n  Port 2222\n',
  'a Match': 'Match exec "test -e /tmp/x"\n  User other\n',
  'other files': 'Include ~/.ssh/conf.d/*\n',
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
