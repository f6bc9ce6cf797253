import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readServedTls, type ServedOutcome } from '../../src/network/served-tls.ts'
import { day, describeDistrust, type ServedTls } from '../../src/network/tls.ts'
import { makeCertificate } from './certificates.ts'
import { closedPort, serve, serveSmtp } from './servers.ts'

const { signal } = new AbortController()
const patience = { timeout: 2000, signal }
const wish = { servername: 'mx.example.org' }
const names = ['mx.example.org', '*.example.net']
const root = makeCertificate({ names: ['Test Root'], isAuthority: true })
const middle = makeCertificate({ names: ['Test Middle'], signer: root, isAuthority: true })
// Without a name of its own, as authorities issue them today.
const leaf = makeCertificate({ names, subject: '/', signer: middle })
const EHLO = '250-mx.example.org\r\n250 STARTTLS'

function served(outcome: ServedOutcome): ServedTls {
  assert.ok(outcome.outcome === 'served', JSON.stringify(outcome))
  return outcome.served
}

describe('what a port serves', () => {
  it('is the certificate as openssl prints it, its names and its chain', async (test) => {
    const place = await serve(test, () => undefined, { key: leaf.key, cert: leaf.cert + middle.cert })
    const { protocol, certificate, chain, distrust } = served(
      await readServedTls(place, 'implicit', { ...wish, ca: root.cert }, patience),
    )
    assert.equal(distrust, undefined)
    assert.equal(protocol, 'TLSv1.3')
    assert.equal(certificate.serial, leaf.serial)
    assert.deepEqual(certificate.names, names)
    assert.deepEqual(chain, ['mx.example.org', 'Test Middle', 'Test Root'])
    assert.equal(day(certificate.notAfter), day(new Date(Date.now() + 60 * 86_400_000)))
    assert.match(certificate.keyHash, /^[0-9a-f]{64}$/)
  })

  it('is the same after STARTTLS', async (test) => {
    const place = await serveSmtp(test, { replies: { EHLO }, tls: { key: leaf.key, cert: leaf.cert + middle.cert } })
    const { certificate, distrust } = served(await readServedTls(place, 'smtp', { ...wish, ca: root.cert }, patience))
    assert.equal(distrust, undefined)
    assert.equal(certificate.serial, leaf.serial)
  })

  const expired = makeCertificate({ names, days: [-90, -3], signer: root })
  const early = makeCertificate({ names, days: [3, 90], signer: root })
  const alone = makeCertificate({ names })
  const distrusted: readonly [it: string, cert: { key: string; cert: string }, ca: string | undefined, why: RegExp][] =
    [
      ['signed by itself', alone, root.cert, /^it is signed by itself$/],
      [
        'without the certificate between',
        leaf,
        root.cert,
        /^the certificate of its issuer Test Middle is neither served/,
      ],
      [
        'of an unknown root',
        { ...leaf, cert: leaf.cert + middle.cert + root.cert },
        undefined,
        /^the root Test Root is not/,
      ],
      ['that has expired', expired, root.cert, /^it has expired on \d{4}-\d\d-\d\d$/],
      ['that is not valid yet', early, root.cert, /^it is not valid before \d{4}-\d\d-\d\d$/],
    ]
  for (const [name, { key, cert }, ca, why] of distrusted) {
    it(`is not trusted: a certificate ${name}`, async (test) => {
      const place = await serve(test, () => undefined, { key, cert })
      assert.match(describeDistrust(served(await readServedTls(place, 'implicit', { ...wish, ca }, patience))), why)
    })
  }

  it('may be an old version, which is only spoken when asked for', async (test) => {
    const old = { versions: { min: 'TLSv1', max: 'TLSv1.1' } } as const
    const { key, cert } = alone
    const lenient = await serve(test, () => undefined, {
      key,
      cert,
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    assert.equal(served(await readServedTls(lenient, 'implicit', old, patience)).protocol, 'TLSv1.1')
    assert.equal(served(await readServedTls(lenient, 'implicit', wish, patience)).protocol, 'TLSv1.3')
    const strict = await serve(test, () => undefined, { key, cert })
    assert.deepEqual(await readServedTls(strict, 'implicit', old, patience), {
      outcome: 'no tls',
      why: 'the handshake fails: tlsv1 alert protocol version',
      isOurs: false,
    })
  })

  it('is nothing where there is no TLS', async (test) => {
    const why = async (outcome: Promise<ServedOutcome>) => {
      const seen = await outcome
      assert.ok(seen.outcome === 'no tls' && !seen.isOurs)
      return seen.why
    }
    const plain = await serveSmtp(test, { replies: { EHLO: '250 mx.example.org' } })
    assert.equal(await why(readServedTls(plain, 'implicit', wish, patience)), 'what is there does not speak TLS')
    assert.equal(await why(readServedTls(plain, 'smtp', wish, patience)), 'STARTTLS is not offered: 250 mx.example.org')
    const refusing = await serveSmtp(test, { greeting: '554 5.7.1 not you' })
    assert.equal(await why(readServedTls(refusing, 'smtp', wish, patience)), 'the server refuses: 554 5.7.1 not you')
    const cut = await serve(test, (socket) => void socket.end())
    assert.match(await why(readServedTls(cut, 'implicit', wish, patience)), /in the handshake$/)
    const silent = await serve(test, () => undefined)
    const short = { timeout: 100, signal }
    assert.equal(await why(readServedTls(silent, 'implicit', wish, short)), 'TLS handshake: no answer within 0.1 s')
  })

  it('is unknown where nothing listens', async () => {
    for (const beginning of ['implicit', 'smtp'] as const) {
      const seen = await readServedTls(await closedPort(), beginning, wish, patience)
      assert.ok(seen.outcome === 'no connection' && seen.failure.outcome === 'refused')
    }
  })
})
