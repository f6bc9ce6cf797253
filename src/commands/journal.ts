import { joinScripts, type Script, sh } from '../core/shell.ts'

/** What is asked of a host's journal. */
export interface JournalQuestion {
  /** `1h`, or whatever `journalctl --since` takes. */
  readonly since: string | undefined
  /** The last so many; nothing: all. */
  readonly lines: number | undefined
  /** An address or a queue ID. */
  readonly grep: string | undefined
  readonly follow: boolean
}

export interface JournalLine {
  /** Microseconds since 1970. */
  readonly time: number
  readonly message: string
}

/** Printed between what was there and what comes. */
export const FOLLOWING = 'provision: following'

/**
 * Shell text that prints chasquid's journal, one JSON object per line (journalctl(1)). With `grep` a host sends the lines
 * that mention the text and those of the messages that they are about; but what comes after `FOLLOWING` it sends whole.
 */
export function readJournal({ since, lines, grep, follow }: JournalQuestion): Script {
  const from = since === undefined ? [] : [`--since=${relative(since)}`]
  const last = `--lines=${lines ?? 'all'}`
  const unit = sh`journalctl --no-pager --unit=chasquid`
  const json = ['--output=json', '--output-fields=MESSAGE']
  if (grep === undefined) {
    return joinScripts([mayRead, sh`${unit} ${[...from, ...json, last, ...(follow ? ['--follow'] : [])]}`])
  }
  return joinScripts([
    mayRead,
    ...(follow ? [sh`now=$(date +%s)`] : []),
    sh`journal() { ${unit} ${from} ${follow ? sh`--until="@$now" ` : sh``}"$@"; }
journal --lines=0 >/dev/null || exit
meant=$(
  printf '%s\n' ${[...new Set([grep, JSON.stringify(grep).slice(1, -1)])]}
  journal --output=cat 2>/dev/null | grep -aiF -e ${grep} | sed -n ${findIds} | sort -u
)
journal ${json} 2>/dev/null | sed ${withoutIdentity} | grep -aiF -f /dev/fd/3 3<<EOF | ${lines === undefined ? sh`cat` : sh`tail -n ${lines}`}
$meant
EOF`,
    ...(follow ? [sh`echo ${FOLLOWING}`, sh`${unit} ${[...json, '--no-tail', '--follow']} --since="@$now"`] : []),
  ])
}

// To whoever may not read the journal of the system, journalctl shows an empty one.
const mayRead = sh`for file in /var/log/journal/*/system.journal /run/log/journal/*/system.journal; do
  if [ -e "$file" ] && [ ! -r "$file" ]; then
    echo "$(id -un) may not read the journal: become root with -b, or join the group systemd-journal" >&2
    exit 1
  fi
done`

// As queueId (mail/queue-story.ts) finds them; only here basic regular expressions are at hand.
const findIds = [
  's/^\\([A-Za-z0-9_-]\\{8,\\}\\) from=.*/\\1/p',
  's/.*Queue\\.SendLoop \\([A-Za-z0-9_-]\\{8,\\}\\): .*/\\1/p',
  's/.*: Queued from .* - \\([A-Za-z0-9_-]\\{8,\\}\\)$/\\1/p',
].join(';')

// Long and of no use here, and a text may be found in them by chance.
const withoutIdentity = 's/"\\(__CURSOR\\|__SEQNUM_ID\\|_BOOT_ID\\)":"[^"]*",//g'

/** A line of `journalctl --output=json`; nothing for any other. */
export function parseJournalLine(text: string): JournalLine | undefined {
  if (!text.startsWith('{')) return undefined
  const entry = JSON.parse(text) as { __REALTIME_TIMESTAMP?: string; MESSAGE?: string | readonly number[] | null }
  const { MESSAGE: message } = entry
  return {
    time: Number(entry.__REALTIME_TIMESTAMP ?? 0),
    // What is not UTF-8 comes as bytes, what is too long as null.
    message: typeof message === 'string' ? message : Buffer.from(message ?? []).toString('utf8'),
  }
}

// systemd.time(7) would take 1h for a time of day.
function relative(since: string): string {
  return /^\d+ ?(s|sec|m|min|h|d|w)$/.test(since) ? `-${since}` : since
}
