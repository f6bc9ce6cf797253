import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { QueueStories, queueId } from '../../src/mail/queue-story.ts'

const ids: readonly (readonly [message: string, id: string | undefined])[] = [
  ['kzO4NonnP3o from=i@alpha.test queued ip=192.0.2.1:54936 to=[anna@beta.test]', 'kzO4NonnP3o'],
  ['kz-4_onnP3o from=<> to=anna@beta.test failed (temporary): 451 later', 'kz-4_onnP3o'],
  ['_ queue.go:322       Queue.SendLoop kzO4NonnP3o: from i@alpha.test', 'kzO4NonnP3o'],
  [
    '_ conn.go:733        SMTP.Conn 192.0.2.1:54936: Queued from i@alpha.test to [anna@beta.test] - kzO4NonnP3o',
    'kzO4NonnP3o',
  ],
  ['192.0.2.1:54936 auth succeeded for i@alpha.test', undefined],
  ['rejected ip=192.0.2.1:25 from=i@alpha.test to=[x@beta.test] - relay not allowed', undefined],
  ['chasquid.service: Deactivated successfully.', undefined],
  ['', undefined],
]
for (const [message, id] of ids) {
  test(`the queue ID of ${message || 'nothing'}`, () => assert.equal(queueId(message), id))
}

/** What is shown after each of the lines. */
function shownAfter(stories: QueueStories<{ readonly message: string }>, ...messages: readonly string[]) {
  return messages.map((message) => stories.next({ message }).map((line) => line.message))
}

describe('stories', () => {
  const queued = 'AAAAAAAAAAA from=i@alpha.test queued ip=192.0.2.1:1 to=[Anna@beta.test]'
  const sent = 'AAAAAAAAAAA from=i@alpha.test to=me@example.net sent'
  const done = 'AAAAAAAAAAA from=i@alpha.test all done'
  const other = 'BBBBBBBBBBB from=i@alpha.test queued ip=192.0.2.1:2 to=[bob@beta.test]'

  test('go on from the first line that mentions the text, whatever its letter case', () => {
    const shown = shownAfter(new QueueStories('anna@'), other, queued, sent, done)
    assert.deepEqual(shown, [[], [queued], [sent], [done]])
  })

  test('begin with what came before the line that mentions it', () => {
    const shown = shownAfter(new QueueStories('me@example.net'), queued, other, sent, done)
    assert.deepEqual(shown, [[], [], [queued, sent], [done]])
  })

  test('of a queue ID are all its lines', () => {
    assert.deepEqual(shownAfter(new QueueStories('BBBBBBBBBBB'), queued, other), [[], [other]])
  })

  test('have lines of no message, too', () => {
    const rejected = 'rejected ip=192.0.2.1:25 from=anna@beta.test to=[x@example.net] - relay not allowed'
    assert.deepEqual(shownAfter(new QueueStories('anna@beta.test'), 'listening', rejected), [[], [rejected]])
  })

  test('go on where others chose the lines before', () => {
    const stories = new QueueStories('anna@beta.test')
    stories.learn({ message: queued })
    assert.deepEqual(shownAfter(stories, done), [[done]])
  })

  test('forget messages of which nothing was shown, the oldest first', () => {
    const stories = new QueueStories('me@example.net')
    const many = Array.from({ length: 1000 }, (_, number) => `${String(number).padStart(11, 'C')} from=a queued`)
    assert.deepEqual(shownAfter(stories, queued, ...many, sent).at(-1), [sent])
    assert.deepEqual(shownAfter(stories, `${String(500).padStart(11, 'C')} from=a to=me@example.net sent`)[0], [
      many[500],
      `${String(500).padStart(11, 'C')} from=a to=me@example.net sent`,
    ])
  })
})
