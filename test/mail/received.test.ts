import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseReceived } from '../../src/mail/received.ts'

const DATE = 'Sun, 22 Nov 2026 10:00:02 +0000'

/** A field without its date: helo, ptr, address, by, protocol, TLS version, cipher. */
const fields: readonly [who: string, value: string, ...parts: string[]][] = [
  [
    'Gmail',
    'from smtp.example.org (smtp.example.org. [2001:db8:64::11]) by mx.google.com with ESMTPS id a1 for <me@gmail.com> (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256)',
    ...[
      'smtp.example.org',
      'smtp.example.org',
      '2001:db8:64::11',
      'mx.google.com',
      'ESMTPS',
      'TLS 1.3',
      'TLS_AES_256_GCM_SHA384',
    ],
  ],
  [
    'Gmail, an address without a name',
    'from smtp.example.org ([198.51.100.11]) by mx.google.com with ESMTP id a1 for <me@gmail.com>',
    ...['smtp.example.org', '', '198.51.100.11', 'mx.google.com', 'ESMTP', '', ''],
  ],
  ['Gmail, inside', 'by 2002:a05:6a10:b0:: with SMTP id z8csp1', ...['', '', '', '2002:a05:6a10:b0::', 'SMTP', '', '']],
  [
    'Outlook',
    'from smtp.example.org (198.51.100.11) by BN8.mail.protection.outlook.com (10.13.177.219) with Microsoft SMTP Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20 via Frontend Transport',
    ...[
      'smtp.example.org',
      '',
      '198.51.100.11',
      'BN8.mail.protection.outlook.com',
      'Microsoft SMTP Server',
      'TLS 1.3',
      'TLS_AES_256_GCM_SHA384',
    ],
  ],
  [
    'Yahoo',
    'from 198.51.100.11 (EHLO smtp.example.org) by 10.217.151.75 with SMTPs (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256)',
    ...['smtp.example.org', '', '198.51.100.11', '10.217.151.75', 'SMTPs', 'TLS 1.3', 'TLS_AES_128_GCM_SHA256'],
  ],
  [
    'Postfix',
    'from smtp.example.org (host.example.net [IPv6:2001:DB8::11]) (using TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)) (No client certificate requested) by mx.example.net (Postfix) with ESMTPS id 4X for <a@b.c>',
    ...[
      'smtp.example.org',
      'host.example.net',
      '2001:db8::11',
      'mx.example.net',
      'ESMTPS',
      'TLS 1.2',
      'ECDHE-RSA-AES256-GCM-SHA384',
    ],
  ],
  [
    'Postfix, an address without a name',
    'from smtp.example.org (unknown [198.51.100.11]) by mx.example.net (Postfix) with ESMTP id 4X',
    ...['smtp.example.org', '', '198.51.100.11', 'mx.example.net', 'ESMTP', '', ''],
  ],
  [
    'Exim',
    'from [198.51.100.11] (helo=smtp.example.org) by mx.example.net with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.98) (envelope-from <a@b>) id 1abc for x@y',
    ...['smtp.example.org', '', '198.51.100.11', 'mx.example.net', 'esmtps', 'TLS 1.3', 'TLS_AES_256_GCM_SHA384'],
  ],
  [
    'Exim, another name',
    'from host.example.net ([198.51.100.11] helo=smtp.example.org) by mx.example.net with esmtp (Exim 4.98) id 1abc',
    ...['smtp.example.org', 'host.example.net', '198.51.100.11', 'mx.example.net', 'esmtp', '', ''],
  ],
  [
    'chasquid',
    'from smtp.alpha.test ([IPv6:2001:db8:64::11]) by smtp.beta.test (chasquid) with ESMTPS tls TLS_AES_128_GCM_SHA256 (over SMTP, TLS-1.3, envelope from "i;x@alpha.test")',
    ...['smtp.alpha.test', '', '2001:db8:64::11', 'smtp.beta.test', 'ESMTPS', 'TLS 1.3', 'TLS_AES_128_GCM_SHA256'],
  ],
  [
    'chasquid, in clear',
    'from smtp.alpha.test ([198.51.100.1]) by smtp.beta.test (chasquid) with ESMTP (over SMTP, plain text!, envelope from "i@alpha.test")',
    ...['smtp.alpha.test', '', '198.51.100.1', 'smtp.beta.test', 'ESMTP', '', ''],
  ],
]

describe('a Received field', () => {
  for (const [who, value, ...parts] of fields) {
    it(`of ${who}`, () => {
      const { helo, ptr, address, by, protocol, tls, date } = parseReceived(`${value}; ${DATE}`)
      assert.deepEqual(
        [helo, ptr, address, by, protocol, tls?.version, tls?.cipher].map((part) => part ?? ''),
        parts,
      )
      assert.equal(date?.toISOString(), '2026-11-22T10:00:02.000Z')
    })
  }

  it('knows that there was TLS from the protocol alone (RFC 3848)', () => {
    assert.deepEqual(parseReceived(`from a.example by b.example with ESMTPS; ${DATE}`).tls, {})
  })

  it('may have a date with the zone in a comment, or none', () => {
    const zoned = parseReceived('from a.example by b.example with SMTP; Sun, 22 Nov 2026 02:00:02 -0800 (PST)')
    assert.equal(zoned.date?.toISOString(), '2026-11-22T10:00:02.000Z')
    assert.equal(parseReceived('from a.example by b.example with SMTP').date, undefined)
  })
})
