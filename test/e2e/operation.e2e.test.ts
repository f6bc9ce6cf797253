import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { lookUp, updateDns } from '../../src/lab/dns.ts'
import { proveMail } from '../../src/lab/proof.ts'
import { changesOf, failuresOf } from './controller.ts'
import { findingsOf, messagesOf, Operator } from './operator.ts'
import { eventually } from './running.ts'

// What the owner of mail servers does now and then, until the end. Each test goes on where the one before it ended.

const hosts = ['mx1', 'mx2'] as const
let operator: Operator

before(async () => {
  operator = await Operator.open()
  // Without what mail does not need.
  await operator.succeed('site', '--skip-tags', 'preflight,upgrades,time,journal,ssh,system')
})

after(() => operator?.end())

function serial(host: string, domain: string): Promise<string> {
  return operator.onHost(host, `openssl x509 -noout -serial -in /etc/chasquid/certs/${domain}/fullchain.pem`)
}

async function send(to: string): Promise<void> {
  const { lab } = operator
  await proveMail(lab, lab.host('mx1'), lab.host('mx2'), to)
}

/** What acme.sh does behind a renewal of alpha.test. */
async function breakHook(): Promise<void> {
  const value = `__ACME_BASE64__START_${Buffer.from('true').toString('base64')}__ACME_BASE64__END_`
  const file = '/var/lib/acme.sh/alpha.test_ecc/alpha.test.conf'
  await operator.onHost('mx1', `sed -i "s|^Le_ReloadCmd=.*|Le_ReloadCmd='${value}'|" ${file}`)
}

describe('renew-drill', () => {
  it('renews a certificate, and sees the new one served on every port', async () => {
    const old = await serial('mx2', 'beta.test')
    const said = await operator.succeed('renew-drill', '--limit', 'mx2')
    const renewed = await serial('mx2', 'beta.test')
    assert.notEqual(renewed, old)
    assert.ok(messagesOf(said).includes(`beta.test: new ${renewed.trim()}, served`), messagesOf(said))
    assert.equal(changesOf(said, 'mx2').length, 1)
    const served = findingsOf(said).filter(({ id, verdict }) => id === 'certificate-not-served' && verdict === 'right')
    assert.equal(served.length, 2 * 3, 'two addresses, three ports')
  })

  it('fails where chasquid goes on with the old certificate, and says what mends it', async () => {
    await breakHook()
    const said = await operator.play('renew-drill', '--limit', 'mx1')
    assert.equal(said.status, 1, failuresOf(said))
    const wrong = findingsOf(said).filter(({ verdict }) => verdict === 'wrong')
    assert.deepEqual([...new Set(wrong.map(({ id }) => id))], ['certificate-not-served'])
    assert.match(messagesOf(said), /does not restart chasquid: provision -i INVENTORY site --tags acme/)
    await operator.succeed('site', '--limit', 'mx1', '--tags', 'acme')
    assert.deepEqual(changesOf(await operator.succeed('site', '--limit', 'mx1', '--tags', 'acme'), 'mx1'), [])
  })
})

describe('dmarc', () => {
  const record = () => lookUp(operator.lab, '_dmarc.alpha.test', 'TXT')
  const change = 'DMARC record of alpha.test: _dmarc.alpha.test TXT'

  it('leaves no step out unasked', async () => {
    operator.alpha = { dmarc: { policy: 'reject' } }
    const said = await operator.play('dmarc')
    assert.equal(said.status, 1)
    assert.match(failuresOf(said), /alpha\.test publishes v=DMARC1; p=none\. First none, then quarantine, then reject/)
    assert.deepEqual(await record(), ['"v=DMARC1; p=none"'])
  })

  for (const [policy, ...args] of [
    ['quarantine'],
    ['reject'],
    ['none'],
    ['reject', '-e', 'dmarc_skip=true'],
  ] as const) {
    it(`takes the step to ${policy}${args.length > 0 ? ', when told to leave one out' : ''}`, async () => {
      operator.alpha = { dmarc: { policy } }
      const said = await operator.succeed('dmarc', ...args)
      assert.deepEqual(changesOf(said, 'mx1'), [change])
      assert.deepEqual(changesOf(said, 'mx2'), [])
      assert.deepEqual(await record(), [`"v=DMARC1; p=${policy}"`])
      assert.match(messagesOf(said), /Read in the reports/)
    })
  }

  it('changes nothing the second time', async () => {
    const said = await operator.succeed('dmarc')
    for (const host of hosts) assert.deepEqual(changesOf(said, host), [])
  })

  it('only shows the record where it is added by hand', async () => {
    operator.alpha = { dmarc: { policy: 'quarantine' } }
    const said = await operator.play('dmarc', '-e', '{"dns": {"publish": "print"}}')
    assert.equal(said.status, 1)
    assert.deepEqual(changesOf(said, 'mx1'), [])
    const texts = said.events.flatMap((event) => (event.type === 'document' ? [event.text] : []))
    assert.match(texts.join(), /_dmarc\.alpha\.test TXT v=DMARC1; p=quarantine/)
  })
})

describe('logs', () => {
  it('tells the whole story of a message, on every host, in order of time', async () => {
    for (const name of ['anna', 'bob']) await send(`${name}@beta.test`)
    const said = await operator.logs('--grep', 'ANNA@beta.test')
    assert.deepEqual([said.status, said.stderr], [0, ''])
    const lines = said.stdout.split('\n').filter(Boolean)
    for (const line of lines) assert.match(line, /^mx[12] {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}/)
    for (const [host, to] of [
      ['mx1', 'anna@beta.test'],
      ['mx2', 'i@beta.test'],
    ]) {
      const [id] = said.stdout.match(new RegExp(`(?<=^${host} .* )\\S+(?= from=i@alpha\\.test queued )`, 'm')) ?? []
      const story = lines.filter((line) => line.startsWith(`${host} `) && line.includes(`  ${id} from=`))
      assert.equal(story.length, 3, said.stdout)
      assert.ok(story[1]?.endsWith(`to=${to} sent`) && story[2]?.endsWith('all done'), said.stdout)
    }
    assert.doesNotMatch(said.stdout, /bob@/)
    const times = lines.map((line) => line.slice(5, 24))
    assert.deepEqual(times, times.toSorted())
  })

  it('are objects for other programs, and the last lines of each host', async () => {
    const said = await operator.logs('-n', '2', '--output', 'json')
    const entries = said.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, string>)
    assert.equal(entries.length, 4)
    for (const host of hosts) assert.equal(entries.filter((entry) => entry.host === host).length, 2)
    const { time = '', message = '', id } = entries.findLast(({ message }) => message?.endsWith(' all done')) ?? {}
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    assert.ok(id !== undefined && message.includes(id))
  })

  it('are followed until Ctrl-C, which leaves nothing on the hosts', async () => {
    const running = operator.start('logs', ...(await operator.today()), '-f', '--grep', 'carl@beta.test')
    const follows = async (host: string) => (await operator.lab.run(host, ['pgrep', 'journalctl'])).status === 0
    for (const host of hosts) await running.while('follows', () => follows(host))
    for (const name of ['dora', 'carl']) await send(`${name}@beta.test`)
    // Which of the hosts is heard first is up to the network.
    await running.until(/^mx1 .*to=carl@beta\.test sent$/m)
    await running.until(/^mx2 .*to=i@beta\.test sent$/m)
    running.signal('SIGINT')
    const { status, stdout, stderr } = await running.ended
    assert.deepEqual([status, stderr], [130, ''])
    assert.doesNotMatch(stdout, /dora@/)
    for (const host of hosts) await eventually('is over', async () => !(await follows(host)), 5)
  })

  it('are those of the other hosts where one cannot be reached or asked', async () => {
    const port = ['-e', '{"ansible_port": 1}']
    const [, file] = await operator.today()
    const lost = await operator.provision('logs', '-i', file, ...port, '-l', 'mx1', '-T', '1')
    assert.deepEqual([lost.status, lost.stdout], [3, ''])
    assert.match(lost.stderr, /^✖ mx1 · tcp: /)
    const wrong = await operator.provision('logs', '-i', file, '--since', 'some day', '--grep', 'x', '-l', 'mx1')
    assert.equal(wrong.status, 1)
    assert.equal(wrong.stderr, 'mx1  Failed to parse timestamp: some day\n✖ mx1 · exit 1\n')
  })
})

describe('the key that signs', () => {
  it('is not changed by site behind the back of DNS', async () => {
    operator.alpha = { dkim: { selector: 's2' } }
    const said = await operator.play('site', '--tags', 'chasquid', '--limit', 'mx1')
    assert.equal(said.status, 1)
    const failure = said.events.flatMap((event) => (event.type === 'result' ? (event.failure ?? []) : []))[0]
    assert.equal(failure?.message, 'alpha.test signs with "mail", not with "s2"')
    assert.equal(failure?.hint, 'to change the selector: provision -i INVENTORY rotate-dkim')
  })

  it('becomes one that hosts share, after its record is seen', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    operator.alpha = { dkim: { selector: 's2', private_key: pem } }
    const said = await operator.succeed('rotate-dkim', '--limit', 'mx1', '-vv')
    assert.equal(said.stdout.includes(pem.split('\n')[1]!), false)
    const [record = ''] = await lookUp(operator.lab, 's2._domainkey.alpha.test', 'TXT')
    const published = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
    assert.equal(record.replaceAll(/[" ]/g, ''), `v=DKIM1;k=rsa;p=${published}`)
    assert.equal(await operator.onHost('mx1', 'ls /etc/chasquid/domains/alpha.test | grep dkim'), 'dkim:s2.pem\n')
    assert.equal(await operator.onHost('mx1', 'cat /etc/chasquid/domains/alpha.test/dkim:s2.pem'), pem)
    assert.deepEqual(changesOf(await operator.succeed('site', '--tags', 'chasquid', '--limit', 'mx1'), 'mx1'), [])
  })
})

describe('decommission', () => {
  it('asks first: without a terminal and without --yes nothing is contacted', async () => {
    const said = await operator.provision(...(await operator.today()), 'decommission')
    assert.equal(said.status, 4)
    assert.match(said.stderr, /^Decommission · mx1, mx2\n.*\n.* make a backup first: provision -i INVENTORY backup\n/)
    assert.match(said.stderr, /--yes/)
  })

  it('leaves everything as it is where others receive the mail, or hosts are missing', async () => {
    const alone = await operator.play('decommission', '--yes', '--limit', 'mx1')
    assert.match(failuresOf(alone), /mx2 may serve alpha\.test, too/)
    for (const zone of ['alpha.test', 'beta.test'])
      await updateDns(operator.lab, zone, [`add ${zone}. 10 MX 5 mx.gamma.test.`])
    const said = await operator.play('decommission', '--yes')
    for (const zone of ['alpha.test', 'beta.test']) {
      await updateDns(operator.lab, zone, [`delete ${zone}. MX 5 mx.gamma.test.`])
    }
    assert.equal(said.status, 1)
    for (const host of hosts) assert.deepEqual(changesOf(said, host), [])
    for (const host of hosts) await operator.onHost(host, 'systemctl is-active chasquid acme-renew.timer')
  })

  it('ends the mail of the domains, and the certificates, and keeps the data', async () => {
    const serials = [await serial('mx1', 'alpha.test'), await serial('mx2', 'beta.test')]
    const check = await operator.play('decommission', '--check')
    assert.equal(check.status, 2, failuresOf(check))
    const said = await operator.succeed('decommission', '--yes')
    for (const host of hosts) assert.deepEqual(changesOf(said, host), changesOf(check, host))
    for (const domain of ['alpha.test', 'beta.test']) {
      assert.deepEqual(await lookUp(operator.lab, domain, 'MX'), ['0 .'])
      assert.deepEqual(await lookUp(operator.lab, domain, 'TXT'), ['"v=spf1 -all"'])
      assert.deepEqual(await lookUp(operator.lab, `smtp.${domain}`, 'TXT'), ['"v=spf1 -all"'])
      assert.deepEqual(await lookUp(operator.lab, `_dmarc.${domain}`, 'TXT'), ['"v=DMARC1; p=reject"'])
    }
    assert.deepEqual(await lookUp(operator.lab, 's2._domainkey.alpha.test', 'TXT'), ['"v=DKIM1; p="'])
    for (const [index, host] of hosts.entries()) {
      const units =
        'chasquid chasquid-smtp.socket chasquid-submission.socket chasquid-submission_tls.socket acme-renew.timer'
      const states = await operator.onHost(host, `systemctl is-active ${units}; systemctl is-enabled ${units}; :`)
      assert.deepEqual(states.split('\n').filter(Boolean), [...Array(5).fill('inactive'), ...Array(5).fill('disabled')])
      await operator.onHost(host, 'test -s /etc/chasquid/domains/*/users && ls /etc/chasquid/domains/*/dkim:*.pem')
      const number = serials[index]!.trim().replace('serial=', '')
      const status = `curl -s --cacert /etc/pebble/ca.pem https://localhost:15000/cert-status-by-serial/${number}`
      assert.match(await operator.onHost('ns1', status.replace('localhost', '198.51.100.10')), /"Status": "Revoked"/)
    }
  })

  it('changes nothing the second time', async () => {
    const said = await operator.succeed('decommission', '--yes')
    for (const host of hosts) assert.deepEqual(changesOf(said, host), [])
  })
})
