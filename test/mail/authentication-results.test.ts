import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseAuthenticationResults } from '../../src/mail/authentication-results.ts'

describe('an Authentication-Results field', () => {
  // RFC 8601 appendix B, unfolded.
  const examples: readonly [value: string, server: string | undefined, results: readonly string[]][] = [
    ['example.org 1; none', 'example.org', []],
    ['example.com; spf=pass smtp.mailfrom=example.net', 'example.com', ['spf=pass smtp.mailfrom=example.net']],
    [
      'example.com; auth=pass (cram-md5) smtp.auth=sender@example.net; spf=pass smtp.mailfrom=example.net',
      'example.com',
      ['auth=pass (cram-md5) smtp.auth=sender@example.net', 'spf=pass smtp.mailfrom=example.net'],
    ],
    [
      'example.com; dkim=pass reason="good signature" header.i=@mail-router.example.net; dkim=fail reason="bad; signature" header.i=@newyork.example.com',
      'example.com',
      [
        'dkim=pass (good signature) header.i=@mail-router.example.net',
        'dkim=fail (bad; signature) header.i=@newyork.example.com',
      ],
    ],
    [
      "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
      'foo.example.net',
      ['dkim=fail (Because I like it) policy.expired=1362471462'],
    ],
    [
      'i=1; mx.google.com; arc=none; DKIM=Pass header.d=example.org',
      'mx.google.com',
      ['arc=none', 'dkim=pass header.d=example.org'],
    ],
    // Outlook leaves its name out, Yahoo a space, chasquid puts semicolons in front.
    [
      'spf=pass (sender IP is 198.51.100.11) smtp.mailfrom=example.org; dkim=none (message not signed) header.d=none;dmarc=pass action=none header.from=example.org;compauth=pass reason=100',
      undefined,
      [
        'spf=pass (sender IP is 198.51.100.11) smtp.mailfrom=example.org',
        'dkim=none (message not signed) header.d=none',
        'dmarc=pass action=none header.from=example.org',
        'compauth=pass (100)',
      ],
    ],
    [
      'x.yahoo.com; dmarc=pass(p=NONE) header.from=example.org;',
      'x.yahoo.com',
      ['dmarc=pass (p=NONE) header.from=example.org'],
    ],
    [
      'smtp.beta.test ;spf=pass (matched mx) ;dkim=pass  header.b=s9iDKS0975pA  header.d=alpha.test',
      'smtp.beta.test',
      ['spf=pass (matched mx)', 'dkim=pass header.b=s9iDKS0975pA header.d=alpha.test'],
    ],
  ]
  for (const [value, server, results] of examples) {
    it(value.slice(0, 70), () => {
      const parsed = parseAuthenticationResults(value)
      assert.equal(parsed.server, server)
      assert.deepEqual(
        parsed.results.map(({ method, result, comment, properties }) =>
          [
            `${method}=${result}`,
            ...(comment === undefined ? [] : [`(${comment})`]),
            ...Object.entries(properties).map(([name, text]) => `${name}=${text}`),
          ].join(' '),
        ),
        results,
      )
    })
  }
})
