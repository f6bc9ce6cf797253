import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Folder } from './run.ts'

const empty = new Folder({})
const playbooks = readdirSync(new URL('../../playbooks', import.meta.url), 'utf8')
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length))

/** Arguments that cannot be used, and what is said of them on standard error. */
function refuses(what: string, args: readonly string[], stderr: string): void {
  test(what, () => assert.deepEqual(empty.provision(...args), { code: 4, stdout: '', stderr }))
}

test('--help names every option and every command', () => {
  const { code, stdout, stderr } = empty.provision('--help')
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  const listed = stdout.split('\n').flatMap((line) => /^ {2}(-\w, --[\w-]+|--[\w-]+|[a-z-]+)/.exec(line)?.[1] ?? [])
  assert.deepEqual(listed, [
    '--version',
    '-i, --inventory',
    '-l, --limit',
    '-u, --user',
    '-b, --become',
    '--become-user',
    '-K, --ask-become-pass',
    '--become-password-file',
    '-e, --extra-vars',
    '--identity',
    '--passphrase-file',
    '-f, --forks',
    '-T, --timeout',
    '--persist',
    '--accept-new',
    '--output',
    '-v, --verbose',
    '--lock-timeout',
    '--ignore-hold',
    '--profile',
    '--profile-trace',
    '-C, --check',
    '--save',
    '-D, --diff',
    '--no-diff',
    '-t, --tags',
    '--skip-tags',
    '--list-hosts',
    '--list-tasks',
    '-y, --yes',
    '--syntax-check',
    '-h, --help',
    'doc',
    'schema',
    'ping',
    'facts',
    'run',
    'logs',
    'hold',
    'release',
    'history',
    'undo',
    'explain-mail',
    'show',
    'apply',
    'secrets',
  ])
})

test('nothing at all is answered like --help', () => {
  assert.deepEqual(empty.provision(), empty.provision('--help'))
})

test('--version is that of the package', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  assert.deepEqual(empty.provision('--version'), { code: 0, stdout: `${version}\n`, stderr: '' })
})

refuses(
  'an unknown option',
  ['--chekc', 'site'],
  "error: unknown option '--chekc'\n(Did you mean --check?)\nprovision --help lists what can be typed.\n",
)
refuses('a word that is nearly a command', ['pnig'], 'there is no playbook DIR/pnig\n  did you mean "ping"?\n')
refuses('a word that is nearly a shipped playbook', ['siet'], 'there is no playbook DIR/siet\n  did you mean "site"?\n')
refuses(
  'a playbook that is not there',
  ['web.yaml'],
  `there is no playbook DIR/web.yaml\n  Shipped playbooks: ${playbooks.join(', ')}.\n`,
)
refuses(
  'a playbook without an inventory',
  ['site'],
  'which hosts? No inventory was given\n  Use -i inventory.yaml; provision ships an inventory.example.yaml.\n',
)
refuses(
  'a number that is none',
  ['-i', 'mx1,', 'site', '-f', 'many'],
  `error: option '-f, --forks <number>' argument 'many' is invalid. It must be a whole number above 0.
provision --help lists what can be typed.
`,
)
refuses(
  'an output that is none',
  ['-i', 'mx1,', 'site', '--output', 'jsno'],
  `--output jsno: the kinds are auto, live, plain, json, and the formats that a playbook makes, such as text and zone
  did you mean "json"?
`,
)
for (const words of [['echo'], ['echo', '--'], ['mx2', '--', 'echo']]) {
  refuses(
    `a command whose begin is not said: run mx1 ${words.join(' ')}`,
    ['run', '-i', 'mx1,', 'mx1', ...words],
    'where does the command begin?\n  provision run -i INVENTORY PATTERN -- COMMAND…\n',
  )
}
refuses(
  'logs as a document',
  ['logs', '-i', 'mx1,', '--output', 'zone'],
  '--output zone: logs are shown as text, or with --output json\n',
)
refuses(
  '--lines that are no number',
  ['logs', '-i', 'mx1,', '-n', 'all'],
  `error: option '-n, --lines <number>' argument 'all' is invalid. It must be a whole number above 0.
provision --help lists what can be typed.
`,
)
refuses(
  '--limit @failed when no host failed',
  ['-i', 'mx1,', 'site', '--limit', '@failed'],
  '--limit @failed: no host is remembered as failed in the last run with this inventory\n',
)
refuses('a page that is not there', ['doc', 'sysctll'], 'there is no resource "sysctll"\n  did you mean "sysctl"?\n')
refuses('a page that is near to none', ['doc', 'xyz'], 'there is no resource "xyz"\n  `provision doc` lists them.\n')

test('doc lists the resources, one line each', () => {
  const { code, stdout, stderr } = empty.provision('doc')
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  const lines = stdout.split('\n')
  assert.deepEqual(
    lines.filter((line) => /^(apt_repository|service|wait_for) /.test(line)).map((line) => line.replace(/ {2,}/, '  ')),
    [
      'apt_repository  Have apt know a repository of packages, and its key.',
      'service  Have a systemd unit running or stopped, at boot or not.',
      'wait_for  Wait for a port, a file or a command.',
    ],
  )
  assert.equal(
    lines.at(-2),
    'provision doc NAME tells more; provision doc variables lists those of the mail playbooks, provision doc templates what templates and conditions can do.',
  )
})

test('doc NAME explains one resource as docs/resources.md does', () => {
  assert.deepEqual(empty.provision('doc', 'timezone'), {
    code: 0,
    stdout: `## timezone

Set the host's time zone.

Links /etc/localtime, which the C library reads. /etc/timezone is written where it is there: Debian 13 has it no more. A running service sees the new zone when it is restarted.

| name | type | default | |
| --- | --- | --- | --- |
| \`name\` | string | required | Name of the zone, such as UTC or Europe/Berlin. |

\`\`\`yaml
- timezone: { name: UTC }
\`\`\`
`,
    stderr: '',
  })
})

test('doc NAME of a probe says that it changes nothing, and what it finds wrong', () => {
  const { code, stdout } = empty.provision('doc', 'reverse_dns')
  assert.equal(code, 0)
  assert.match(stdout, /^## reverse_dns\n\n.+\n\nA probe: it looks, and changes nothing\.\n/)
  assert.match(
    stdout,
    /\n\| finding \| importance \| what is wrong \| what mends it \|\n.*\n\| `ptr-missing` \| required \| /,
  )
})

test('doc variables, doc templates and schema print the files of docs', () => {
  const file = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
  assert.deepEqual(empty.provision('doc', 'variables'), { code: 0, stdout: file('variables.md'), stderr: '' })
  assert.deepEqual(empty.provision('doc', 'templates'), { code: 0, stdout: file('templates.md'), stderr: '' })
  assert.deepEqual(empty.provision('schema'), { code: 0, stdout: file('playbook.schema.json'), stderr: '' })
})
