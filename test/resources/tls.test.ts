import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ServedOutcome } from '../../src/network/served-tls.ts'
import type { ServedTls } from '../../src/network/tls.ts'
import { judgeTls } from '../../src/resources/tls-judge.ts'
import { makeCertificate } from '../network/certificates.ts'
import { closedPort, serve, serveSmtp } from '../network/servers.ts'
import { look, said } from './looking.ts'

const root = makeCertificate({ names: ['Test Root'], isAuthority: true })
const signed = makeCertificate({ names: ['mx.test'], signer: root })

describe('what is said about TLS', () => {
  const at = new Date('2026-11-22T12:00:00Z')
  const inDays = (days: number) => new Date(at.getTime() + days * 86_400_000)
  const certificate = {
    names: ['test', '*.test'],
    serial: '0A',
    notBefore: inDays(-30),
    notAfter: inDays(60.5),
    keyHash: 'ab12',
  }
  const good: ServedTls = { protocol: 'TLSv1.3', certificate, chain: ['test', 'Root'], distrust: undefined }
  const refused: ServedOutcome = { outcome: 'no tls', why: 'the handshake fails: protocol version', isOurs: false }
  const wanted = { port: 465, min_days: 14 }

  const judge = (outcome: ServedOutcome, more: { name?: string; old?: ServedOutcome; file?: string } = {}) => {
    const { name = 'mx.test', old = refused, file } = more
    const seen = { at, servers: [{ address: '192.0.2.1', old, served: [{ name, outcome }] }] }
    return judgeTls(file === undefined ? wanted : { ...wanted, file: '/etc/cert.pem' }, file ?? '', seen)
  }
  const served = (other: Partial<ServedTls>, dates: Partial<ServedTls['certificate']> = {}): ServedOutcome => ({
    outcome: 'served',
    served: { ...good, ...other, certificate: { ...certificate, ...dates } },
  })

  it('is right in every way', () => {
    const report = judge(served({}))
    assert.deepEqual(said(report), [
      'right tls-missing: speaks TLSv1.3',
      'right certificate-expires-soon: the certificate ends in 60 days, on 2027-01-22',
      'right certificate-name-missing: the certificate is for mx.test',
      'right certificate-chain-broken: is trusted: test ← Root',
      'right tls-old-accepted: TLS 1.1 is refused',
    ])
    const first = { protocol: 'TLSv1.3', serial: '0A', days: 60, key_sha256: 'ab12' }
    assert.deepEqual(report.result, { ...first, served: [{ address: '192.0.2.1', name: 'mx.test', ...first }] })
  })

  const failed: ServedOutcome = {
    outcome: 'no connection',
    failure: { outcome: 'refused', why: 'connections are refused' },
  }
  const ours: ServedOutcome = { outcome: 'no tls', why: 'no protocols available', isOurs: true }
  const expired = 'wrong certificate-expired: the certificate has expired on 2026-11-21'
  const cases: readonly [outcome: ServedOutcome, more: Parameters<typeof judge>[1], wrong: readonly string[]][] = [
    [failed, {}, ['unknown tls-missing: connections are refused']],
    [
      ours,
      { old: ours },
      [
        'unknown tls-missing: no protocols available',
        'unknown tls-old-accepted: cannot be tried: no protocols available',
      ],
    ],
    [refused, {}, ['wrong tls-missing: the handshake fails: protocol version']],
    [served({}), { old: served({ protocol: 'TLSv1' }) }, ['wrong tls-old-accepted: TLSv1 is accepted']],
    [served({}, { notAfter: inDays(-1) }), {}, [expired]],
    [served({ distrust: 'CERT_HAS_EXPIRED' }, { notAfter: inDays(-1) }), {}, [expired]],
    [
      served({ distrust: 'CERT_NOT_YET_VALID' }, { notBefore: inDays(1) }),
      {},
      ['wrong certificate-expired: the certificate is not valid before 2026-11-23'],
    ],
    [
      served({}, { notAfter: inDays(13.9) }),
      {},
      ['wrong certificate-expires-soon: the certificate ends in 13 days, on 2026-12-06'],
    ],
    [
      served({}),
      { name: 'mx.other.test' },
      ['wrong certificate-name-missing: the certificate is for test, *.test, not for mx.other.test'],
    ],
    [
      served({}, { names: [] }),
      {},
      ['wrong certificate-name-missing: the certificate is for no name, not for mx.test'],
    ],
    [
      served({ distrust: 'SELF_SIGNED_CERT_IN_CHAIN' }),
      {},
      ['wrong certificate-chain-broken: the certificate is not trusted: the root Root is not trusted here'],
    ],
    [
      served({ distrust: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }),
      {},
      [
        'wrong certificate-chain-broken: the certificate is not trusted: the certificate of its issuer Root is neither served nor known here',
      ],
    ],
    // Another one of the chain.
    [
      served({ distrust: 'CERT_HAS_EXPIRED' }),
      {},
      ['wrong certificate-chain-broken: the certificate is not trusted: a certificate of its chain has expired'],
    ],
    [
      served({ distrust: 'CERT_REVOKED' }),
      {},
      ['wrong certificate-chain-broken: the certificate is not trusted: CERT_REVOKED'],
    ],
    [served({}), { file: 'absent\n' }, ['wrong certificate-not-served: /etc/cert.pem does not exist on the host']],
    [served({}), { file: '' }, ['wrong certificate-not-served: /etc/cert.pem holds no certificate']],
    [
      served({}),
      { file: signed.cert },
      ['wrong certificate-not-served: the certificate in /etc/cert.pem is not the one that is served'],
    ],
    [served({}, { serial: signed.serial }), { file: signed.cert }, []],
  ]
  for (const [outcome, more, wrong] of cases) {
    it(wrong.join() || 'right: the file is served', () => {
      assert.deepEqual(
        said(judge(outcome, more)).filter((text) => !text.startsWith('right')),
        wrong,
      )
    })
  }

  it('shows both certificates where the file is another one', () => {
    const finding = judge(served({}), { file: signed.cert }).findings?.find(({ id }) => id === 'certificate-not-served')
    assert.match(finding?.seen ?? '', /^served: serial 0A, until 2027-01-22; in the file: serial [0-9A-F]{16,}, until /)
    assert.equal(finding?.remedy, 'on the host: systemctl restart chasquid')
  })

  it('is unknown for a host without an address', () => {
    const servers = [{ host: 'mx.test', missing: { why: 'mx.test has no address in DNS', isOurs: false } }]
    const report = judgeTls(wanted, '', { at, servers })
    assert.deepEqual(said(report), ['unknown tls-missing: mx.test has no address in DNS'])
  })
})

describe('looking at TLS', () => {
  const host = '127.0.0.1'
  const wrong = (texts: readonly string[]) => texts.filter((text) => !text.startsWith('right'))

  it('compares names, chain and the file on the host, with the first byte and after STARTTLS', async (test) => {
    const replies = { EHLO: '250-mx.test\r\n250 STARTTLS' }
    const implicit = await serve(test, () => undefined, signed)
    const smtp = await serveSmtp(test, { replies, tls: signed })
    const params = { host, names: ['mx.test'], ca_bundle: root.cert, file: '/etc/cert.pem' }
    for (const more of [{ port: implicit.port }, { port: smtp.port, starttls: 'smtp' }]) {
      const { report } = await look('tls', { ...params, ...more }, { file: signed.cert })
      assert.deepEqual(wrong(said(report)), [])
      assert.equal(report.findings?.length, 6)
      assert.equal(report.result?.serial, signed.serial)
    }
  })

  it('asks for each name', async (test) => {
    const place = await serve(test, () => undefined, signed)
    const { report } = await look('tls', {
      host,
      port: place.port,
      names: ['mx.test', 'www.test'],
      ca_bundle: root.cert,
    })
    assert.deepEqual(wrong(said(report)), [
      'wrong certificate-name-missing: the certificate is for mx.test, not for www.test',
    ])
    assert.deepEqual(report.findings?.at(-1)?.subject, `127.0.0.1 port ${place.port}`)
  })

  it('notices old versions, an expired certificate and one that signs itself', async (test) => {
    const expired = makeCertificate({ names: ['mx.test'], days: [-90, -2], signer: root })
    const alone = makeCertificate({ names: ['mx.test'], days: [-1, 5] })
    const old = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const first = await serve(test, () => undefined, { ...expired, ...old })
    const second = await serve(test, () => undefined, alone)
    const seen = async (port: number) =>
      wrong((await look('tls', { host, port, ca_bundle: root.cert })).said).map((text) => text.split(':')[0])
    assert.deepEqual(await seen(first.port), ['wrong certificate-expired', 'wrong tls-old-accepted'])
    assert.deepEqual(await seen(second.port), ['wrong certificate-expires-soon', 'wrong certificate-chain-broken'])
  })

  it('says nothing about a port that is closed', async () => {
    const { said } = await look('tls', { host, port: (await closedPort()).port, names: ['a.test', 'b.test'] })
    assert.deepEqual(said, ['unknown tls-missing: connections are refused'])
  })

  it('cannot begin with a bundle that is none', async () => {
    await assert.rejects(look('tls', { host, port: 465, ca_bundle: '/nonexistent/ca.pem' }), {
      name: 'HostError',
      message: /^ca_bundle: \/nonexistent\/ca\.pem cannot be used: ENOENT/,
    })
  })
})
