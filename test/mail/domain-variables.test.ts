import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { dkimSelector, publicationFields } from '../../src/mail/domain-variables.ts'
import { mailVariables } from '../../src/mail/variables.ts'

describe('the selector of a host', () => {
  it('is that of the domain, or has the name of the host in it', () => {
    assert.equal(dkimSelector('mail', false, 'mx1'), 'mail')
    assert.equal(dkimSelector('mail', true, 'mx1'), 'mail-mx1')
    assert.equal(dkimSelector('mail', true, 'MX1.example_org.'), 'mail-mx1-example-org')
  })
})

describe('what a domain publishes', () => {
  it('is little where nothing is said', () => {
    assert.deepEqual(z.object(publicationFields).parse({}), {
      receives: true,
      dmarc: { policy: 'none' },
      mta_sts: 'none',
      srv: false,
      caa: false,
      tlsa: false,
    })
  })

  const mistakes: readonly [said: object, message: string][] = [
    [{ dmarc: { rua: 'nobody' } }, 'must be an e-mail address'],
    [{ caa: 'Letsencrypt' }, 'must be true, false or the domain of an authority'],
    [
      { dkim: { per_host: true, private_key: 'KEY' } },
      'either per_host or private_key: with a key of its own no host needs one that all share',
    ],
    [{ dkim: { selector: '-mail' } }, 'must be a label in lower case, such as mail or 2026a'],
  ]
  for (const [said, message] of mistakes) {
    it(`refuses ${JSON.stringify(said)}`, () => {
      const { error } = mailVariables.shape.domains.safeParse({ 'example.org': said })
      assert.deepEqual(
        error?.issues.map((issue) => issue.message),
        [message],
      )
    })
  }
})
