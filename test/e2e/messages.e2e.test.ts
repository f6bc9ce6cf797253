import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setPtr, updateDns } from '../../src/lab/dns.ts'
import { senderPassword } from '../../src/lab/mail-inventory.ts'
import { failuresOf } from './controller.ts'
import type { Forgery, SecondOpinion } from './outsider.ts'
import { faultsIn, findingsOn, PostOffice } from './post-office.ts'

// Messages between two mail hosts, forwarded ones and forged ones: what the receiver wrote, what provision says and what
// mailauth says agree. Each test goes on where the one before it ended.

let office: PostOffice

before(async () => {
  office = await PostOffice.open()
})

after(async () => {
  await office?.close()
})

const good: SecondOpinion = { spf: 'pass', dkim: ['pass'], dmarc: 'pass' }

describe('messages', () => {
  it('go from host to host over IPv6, through 465 and 587, and nothing is wrong with them', async () => {
    const said = await office.play('testmail')
    assert.equal(said.status, 0, failuresOf(said))
    for (const [host, other] of [
      ['mx1', 'mx2'],
      ['mx2', 'mx1'],
    ] as const) {
      assert.deepEqual(
        findingsOn(said, host, 'test_mail').map(({ verdict, subject }) => `${verdict} ${subject}`),
        ['right submission, port 465', 'right submission, port 587'],
      )
      assert.deepEqual(faultsIn(findingsOn(said, host, 'mail_delivery')), [])
      const arrived = findingsOn(said, host, 'mail_received')
      assert.deepEqual(faultsIn(arrived), [], JSON.stringify(arrived))
      const family = arrived.find(({ id }) => id === 'message-over-ipv4')
      assert.equal(family?.text, `IPv6, ${office.lab.host(other).ipv6}`)
      await office.agree(await office.newest(host), good)
    }
    const told = said.events.flatMap((event) => (event.type === 'message' ? [event.text] : [])).join('\n')
    assert.match(told, /^i@beta\.test: the receiver took what was handed in on port 465 and 587$/m)
    assert.match(told, /port 465: ✔ TLS 1\.3 {2}✔ IPv6 {2}✔ PTR {2}✔ SPF {2}✔ DKIM {2}✔ DMARC {2}\d+ s on the way$/m)
  })

  it('go over IPv4 where the receiver has nothing else, which is no fault', async () => {
    await office.change('beta.test', 'mx1', [
      'add v4.beta.test. 10 A 198.51.100.12',
      'delete beta.test. MX',
      'add beta.test. 10 MX 10 v4.beta.test.',
    ])
    const said = await office.trip('i@beta.test', 'mx2')
    assert.equal(said.status, 0, failuresOf(said))
    const arrived = findingsOn(said, 'mx2', 'mail_received')
    assert.deepEqual(faultsIn(arrived), ['message-over-ipv4'])
    assert.equal(arrived.find(({ id }) => id === 'message-over-ipv4')?.text, 'IPv4, 198.51.100.11')
    await office.agree(await office.newest('mx2'), good)
    await office.change('beta.test', 'mx1', ['delete beta.test. MX', 'add beta.test. 10 MX 10 smtp.beta.test.'])
  })

  it('go on through the catch-all to another domain: SPF for the forwarder, DKIM for the author', async () => {
    const said = await office.trip('any123@beta.test', 'mx1')
    assert.equal(said.status, 0, failuresOf(said))
    assert.deepEqual(faultsIn(findingsOn(said, 'mx1', 'mail_received')), [])
    const raw = await office.newest('mx1')
    await office.agree(raw, good)
    const { message, findings } = await office.explain(raw)
    assert.equal(message.sender, 'any123+fwd_from=i=alpha.test@beta.test')
    assert.deepEqual(
      message.hops.map(({ by }) => by),
      ['smtp.alpha.test', 'smtp.beta.test', 'smtp.alpha.test'],
    )
    assert.equal(findings.find(({ id }) => id === 'message-spf-failed')?.subject, 'SPF beta.test')
    assert.match(findings.find(({ id }) => id === 'message-dmarc-failed')?.text ?? '', /DKIM of alpha\.test/)
  })
})

describe('forged messages', () => {
  const forgery: Forgery = {
    server: '198.51.100.12',
    helo: 'smtp.alpha.test',
    from: 'i@alpha.test',
    to: 'i@beta.test',
    messageId: '<forged@alpha.test>',
  }

  it('arrive marked where SPF says "~all"', async () => {
    assert.match((await office.outsider('forge', forgery)).stdout, /^250 2\.0\.0/m)
    const raw = await office.arrived('mx2', forgery.messageId)
    await office.agree(raw, { spf: 'softfail', dkim: ['none'], dmarc: 'fail' })
    const { status, findings } = await office.explain(raw)
    assert.equal(status, 1)
    assert.deepEqual(faultsIn(findings), [
      'message-not-encrypted',
      'message-over-ipv4',
      'message-ptr-wrong',
      'message-spf-failed',
      'message-dkim-failed',
      'message-dmarc-failed',
    ])
    const remedy = (kind: string) => findings.find(({ id }) => id === kind)?.remedy ?? ''
    assert.match(
      remedy('message-spf-failed'),
      /^If 198\.51\.100\.1 is yours, add ip4:198\.51\.100\.1 to the SPF record/,
    )
    assert.match(remedy('message-ptr-wrong'), /^198\.51\.100\.1 PTR smtp\.alpha\.test\. /)
  })

  it('arrive marked with a signature by another key', async () => {
    const signed = { ...forgery, messageId: '<signed@alpha.test>', signer: { domain: 'alpha.test', selector: 'mail' } }
    assert.match((await office.outsider('forge', signed)).stdout, /^250 2\.0\.0/m)
    const raw = await office.arrived('mx2', signed.messageId)
    await office.agree(raw, { spf: 'softfail', dkim: ['fail'], dmarc: 'fail' })
    const { findings } = await office.explain(raw)
    const dkim = findings.find(({ id }) => id === 'message-dkim-failed')
    assert.match(dkim?.remedy ?? '', /mail\._domainkey\.alpha\.test TXT$/)
  })

  it('are refused where it says "-all", and so is what the domain itself sends from an address that is missing', async () => {
    const publish = (spf: string) =>
      office.change('alpha.test', 'mx2', ['delete alpha.test. TXT', `add alpha.test. 10 TXT "${spf}"`])
    await publish('v=spf1 -all')
    assert.match((await office.outsider('forge', forgery)).stdout, /^550 5\.7\.23 SPF check failed/m)
    const said = await office.trip('i@beta.test', 'mx2', { follow: 10 })
    const [bounced] = findingsOn(said, 'mx1', 'mail_delivery')
    assert.deepEqual([said.status, bounced?.id, bounced?.verdict], [1, 'mail-bounced', 'wrong'])
    assert.match(bounced?.seen ?? '', /550 "5\.7\.23 SPF check failed/)
    assert.match(bounced?.remedy ?? '', /^SPF does not allow the sending address/)
    await publish('v=spf1 mx ip4:198.51.100.11 ip6:2001:db8:64::11 ~all')
  })
})

describe('what is wrong is found', () => {
  it('a wrong password: our own server does not take the message', async () => {
    const said = await office.trip('i@beta.test', 'mx2', { password: 'not-this-one' })
    assert.equal(said.status, 1)
    const [found] = findingsOn(said, 'mx1', 'test_mail')
    assert.deepEqual([found?.id, found?.verdict], ['mail-not-accepted', 'wrong'])
    assert.match(found?.text ?? '', /refuses the login of i@alpha\.test: 535 5\.7\.8/)
  })

  it('a domain that is not there: the message waits', async () => {
    const said = await office.trip('you@nowhere.beta.test', 'mx2', { follow: 2 })
    const [found] = findingsOn(said, 'mx1', 'mail_delivery')
    assert.deepEqual([said.status, found?.id, found?.verdict], [1, 'mail-delayed', 'wrong'])
    assert.match(found?.remedy ?? '', /has no mail server in DNS/)
  })

  it('a message that never comes into the mailbox', async () => {
    const said = await office.trip('i@beta.test', 'mx2', { directory: '/var/lib/nothing', follow: 1 })
    assert.equal(said.status, 1)
    assert.deepEqual(faultsIn(findingsOn(said, 'mx2', 'mail_received')), ['mail-not-received'])
  })

  it('records that went after the message came: DNS is asked again, and both are told', async () => {
    const raw = await office.newest('mx2')
    const before = await office.explain(raw)
    assert.equal(before.status, 0, JSON.stringify(before.findings))
    const { lab } = office
    await updateDns(lab, 'alpha.test', ['delete mail._domainkey.alpha.test. TXT', 'delete _dmarc.alpha.test. TXT'])
    await setPtr(lab, lab.host('mx1').ipv6, 'smtp.beta.test')
    const { status, findings } = await office.explain(raw)
    assert.equal(status, 1)
    assert.deepEqual(faultsIn(findings), ['message-ptr-wrong', 'message-dmarc-failed'])
    const dkim = findings.find(({ id }) => id === 'message-dkim-failed')
    assert.match(dkim?.text ?? '', /^pass; by DNS as it is now permerror: no key/)
  })
})

describe('no secret', () => {
  it('is printed when messages are sent', async () => {
    const { stdout, stderr } = await office.play('testmail', '-vv')
    assert.match(stdout, /submission, port 587/)
    for (const secret of [senderPassword, `\0i@alpha.test\0${senderPassword}`]) {
      assert.equal(`${stdout}${stderr}`.includes(secret), false)
      assert.equal(`${stdout}${stderr}`.includes(Buffer.from(secret).toString('base64')), false)
    }
  })
})
