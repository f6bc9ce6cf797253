import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { FOLLOWING, type JournalQuestion, parseJournalLine, readJournal } from '../../src/commands/journal.ts'

const messages = [
  'AAAAAAAAAAA from=i@alpha.test queued ip=192.0.2.1:1 to=[anna@beta.test]',
  'BBBBBBBBBBB from=i@alpha.test queued ip=192.0.2.1:2 to=[bob@beta.test]',
  'AAAAAAAAAAA from=i@alpha.test to=me@example.net sent',
  '_ queue.go:355       Queue.SendLoop AAAAAAAAAAA: all done',
  'BBBBBBBBBBB from=i@alpha.test to=bob@beta.test failed (temporary): 451 "later"\n451 much',
]

const all: JournalQuestion = { since: undefined, lines: undefined, grep: undefined, follow: false }

/** Runs the script where `journalctl` says the messages; the arguments of each of its calls, and what came out. */
function ask(question: Partial<JournalQuestion>, fails = false) {
  const entries = messages.map((message, index) =>
    JSON.stringify({ __CURSOR: 's=abcdef', MESSAGE: message, __REALTIME_TIMESTAMP: String(1000 + index) }),
  )
  const text = readJournal({ ...all, ...question }).reveal()
  // Whether this machine's own journal may be read is no matter here.
  const script = `
journalctl() {
  echo "$*" >&2
  ${fails ? 'return 3' : ':'}
  case " $* " in
    *' --lines=0 '*) ;;
    *' --output=cat '*) printf '%s\\n' "$CAT" ;;
    *' --since=@'*) ;;
    *) printf '%s\\n' "$JSON" ;;
  esac
}
date() { echo 77; }
${text.replaceAll(/\/(var|run)\/log\/journal/g, '/nowhere')}`
  const { stdout, stderr, status } = spawnSync('dash', ['-c', script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LC_ALL: 'C', CAT: messages.join('\n'), JSON: entries.join('\n') },
  })
  const lines = stdout.split('\n').filter(Boolean)
  return {
    status,
    calls: stderr.split('\n').filter(Boolean),
    shown: lines.map((line) => parseJournalLine(line)?.message ?? line),
  }
}

const [queued, other, sent, done, later] = messages as [string, string, string, string, string]

describe('the journal', () => {
  test('is read in one call where nothing is searched for', () => {
    assert.deepEqual(ask({ lines: 50, since: '1h' }).calls, [
      '--no-pager --unit=chasquid --since=-1h --output=json --output-fields=MESSAGE --lines=50',
    ])
    assert.deepEqual(ask({ lines: 10, follow: true }).calls, [
      '--no-pager --unit=chasquid --output=json --output-fields=MESSAGE --lines=10 --follow',
    ])
    assert.deepEqual(ask({ since: 'yesterday' }).shown, messages)
  })

  const searches: readonly (readonly [what: string, question: Partial<JournalQuestion>, shown: readonly string[]])[] = [
    ['the whole story of an address', { grep: 'ANNA@beta.test' }, [queued, sent, done]],
    ['the story of an address that an alias leads to', { grep: 'me@example.net' }, [queued, sent, done]],
    ['that of a queue ID', { grep: 'BBBBBBBBBBB' }, [other, later]],
    ['the last lines of it', { grep: 'anna', lines: 1 }, [done]],
    ['a text with quotes', { grep: '"later"' }, [other, later]],
    ['nothing, and no text that only a cursor has', { grep: 'abcdef' }, []],
    ['words of a shell, as they are', { grep: '$(id) `id` -x' }, []],
  ]
  for (const [what, question, shown] of searches) {
    test(`is searched for ${what}`, () => assert.deepEqual(ask(question).shown, shown))
  }

  test('is searched up to now, and then followed whole from there on', () => {
    const { calls, shown } = ask({ grep: 'anna', follow: true })
    assert.deepEqual(shown, [queued, sent, done, FOLLOWING])
    assert.match(calls[0] ?? '', /--until=@77/)
    assert.equal(calls.at(-1)?.endsWith('--no-tail --follow --since=@77'), true)
  })

  test('that cannot be read ends it', () => {
    assert.equal(ask({}, true).status, 3)
    assert.equal(ask({ grep: 'anna' }, true).status, 3)
  })
})

describe('a line of it', () => {
  test('has a time in microseconds and a message', () => {
    const text = '{"MESSAGE":"a","__REALTIME_TIMESTAMP":"1795375272717018"}'
    assert.deepEqual(parseJournalLine(text), { time: 1795375272717018, message: 'a' })
  })

  test('may be bytes, or too long', () => {
    const time = '"__REALTIME_TIMESTAMP":"1"'
    assert.equal(parseJournalLine(`{"MESSAGE":[195,164,27],${time}}`)?.message, 'ä\u001b')
    assert.equal(parseJournalLine(`{"MESSAGE":null,${time}}`)?.message, '')
  })

  test('is none where something else is printed', () => assert.equal(parseJournalLine('-- No entries --'), undefined))
})
