import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Delivery, followDeliveries, judgeDelivery, type SentMessage } from '../../src/mail/delivery.ts'

const message: SentMessage = {
  messageId: '<1@alpha.test>',
  from: 'i@alpha.test',
  to: 'You@beta.test',
  port: 465,
  localPort: 48_214,
}

const queued = (id: string, port: number, to = 'you@beta.test') =>
  `${id} from=i@alpha.test queued ip=198.51.100.1:${port} to=[${to}]`
const sent = (id: string, to = 'you@beta.test') => `${id} from=i@alpha.test to=${to} sent`
const failed = (id: string, kind: string, reply: string) =>
  `${id} from=i@alpha.test to=you@beta.test failed (${kind}): ${reply}`

describe('the log of deliveries', () => {
  const cases: readonly [what: string, log: readonly string[], status: Delivery['status'], id: string | undefined][] = [
    ['does not mention it', ['daemon listening on [::]:25'], 'unseen', undefined],
    ['mentions another recipient only', [queued('A', 48_214, 'me@beta.test'), sent('A')], 'unseen', undefined],
    ['has it in the queue', [queued('A', 48_214)], 'waiting', 'A'],
    ['has it sent', [queued('A', 48_214), sent('A'), 'A from=i@alpha.test all done'], 'sent', 'A'],
    ['has it put off', [queued('A', 48_214), failed('A', 'temporary', '451 4.7.1 Greylisted')], 'delayed', 'A'],
    ['has it put off, then sent', [queued('A', 48_214), failed('A', 'temporary', '451 x'), sent('A')], 'sent', 'A'],
    ['has it refused', [queued('A', 48_214), failed('A', 'permanent', '550 5.1.1 no')], 'bounced', 'A'],
    ['tells it from another by the client’s port', [queued('A', 1), sent('A'), queued('B', 48_214)], 'waiting', 'B'],
    ['shows another port behind NAT', [queued('A', 1), sent('A')], 'sent', 'A'],
    [
      'has it on its way to everybody behind an alias',
      [queued('A', 48_214), sent('A', 'a@example.net'), sent('A', 'b@example.net')],
      'sent',
      'A',
    ],
    [
      'speaks of IPv6',
      ['A from=i@alpha.test queued ip=[2001:db8::1]:48214 to=[you@beta.test]', sent('A')],
      'sent',
      'A',
    ],
  ]
  for (const [what, log, status, id] of cases) {
    it(what, () => {
      const [delivery] = followDeliveries([message], log)
      assert.deepEqual([delivery?.status, delivery?.queueId], [status, id])
    })
  }

  it('tells messages apart by their order where ports do not', () => {
    const log = [queued('A', 1), sent('A'), queued('B', 2), failed('B', 'permanent', '550 no')]
    const deliveries = followDeliveries([message, { ...message, port: 587, localPort: 7 }], log)
    assert.deepEqual(
      deliveries.map(({ queueId, status }) => `${queueId} ${status}`),
      ['A sent', 'B bounced'],
    )
  })
})

describe('the judgement of a delivery', () => {
  const judge = (...log: readonly string[]) => followDeliveries([message], log).flatMap((one) => judgeDelivery(one, 30))

  it('quotes the reply, with what to do about it', () => {
    const reply = '550-5.7.26 Your email has been blocked\n 550 5.7.26 because the sender is unauthenticated.'
    const [finding] = judge(queued('A', 48_214), failed('A', 'permanent', reply))
    assert.deepEqual([finding?.id, finding?.verdict, finding?.importance], ['mail-bounced', 'wrong', 'required'])
    assert.equal(
      finding?.seen,
      '550-5.7.26 Your email has been blocked 550 5.7.26 because the sender is unauthenticated.',
    )
    assert.match(finding?.remedy ?? '', /^neither SPF nor DKIM/)
  })

  it('says that a message waits, and under which name', () => {
    const [delayed] = judge(queued('A', 48_214), failed('A', 'temporary', '451 4.7.1 Greylisting in action'))
    assert.deepEqual([delayed?.id, delayed?.text], ['mail-delayed', 'put off; it is in the queue as A'])
    assert.match(delayed?.remedy ?? '', /^greylisting/)
    const [waiting] = judge(queued('A', 48_214))
    assert.match(waiting?.text ?? '', /^no answer of the receiver within 30 s; it is in the queue as A$/)
  })

  it('says for whom, where an alias leads elsewhere', () => {
    const [finding] = judge(
      queued('A', 48_214),
      'A from=i@alpha.test to=me@example.net failed (permanent): 550 5.1.1 no',
    )
    assert.match(finding?.text ?? '', /goes on to me@example\.net$/)
  })

  it('knows nothing where the log is elsewhere, and is content with what was taken', () => {
    assert.equal(judge()[0]?.verdict, 'unknown')
    assert.deepEqual(
      judge(queued('A', 48_214), sent('A')).map(({ verdict, text }) => `${verdict}: ${text}`),
      ['right: the receiver took it'],
    )
  })
})
