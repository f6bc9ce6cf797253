import * as z from 'zod'
import type { JsonObject } from '../core/json.ts'
import { notReady, resource } from '../core/resource.ts'
import { type Script, sh } from '../core/shell.ts'
import { shell } from './params.ts'
import { guardReads, label, notRun, planRun, running, runText } from './run.ts'

/** Stands in an answer between what a command printed and how it ended. */
const ENDED = '\u001eexit '

const fields = z
  .strictObject({
    run: shell().describe('Shell text, for the `sh` of the host.'),
    ...running,
    read_only: z
      .boolean()
      .describe(
        'It changes nothing: it runs in checks, too, and never counts as a change. It must print the same as long as nothing changes.',
      )
      .default(false),
  })
  .refine((wanted) => !wanted.read_only || !(wanted.creates || wanted.removes || wanted.unless || wanted.only_if), {
    path: ['read_only'],
    error: 'has no use for creates, removes, unless or only_if',
  })

/** `command: uname -r` is short for `command: { run: uname -r }`. */
const short = shell().transform((run): z.output<typeof fields> => fields.parse({ run }))

type Wanted = z.output<typeof fields>

export const command = resource({
  name: 'command',
  summary: 'Run shell text.',
  description: `
Without a guard (\`creates\`, \`removes\`, \`unless\`, \`only_if\`) it runs every time and counts as a change every time. With one it runs while the guard asks for it,
and the guard is asked again afterwards: a command that did not bring what its guard looks for has failed.
\`register\` keeps \`rc\`, \`stdout\` and \`stderr\`, without line breaks at the end; 0 and nothing where a guard had nothing to run.`,
  examples: `
- name: Parameters for the key exchange
  command: { run: openssl dhparam -out /etc/ssl/dh.pem 2048, creates: /etc/ssl/dh.pem, timeout: 10m }
- name: The version of the kernel
  command: { run: uname -r, read_only: true }
  register: kernel
- name: A database for the application
  command:
    run: createdb app
    unless: psql -lqt | cut -d '|' -f 1 | grep -qw app
  become_user: postgres
- name: Run at every time
  command: newaliases
`,
  params: () => z.union([short, fields]),

  read: (wanted) => ({
    ...guardReads(wanted),
    output: wanted.read_only ? printed(wanted) : sh``,
  }),

  plan(wanted, now) {
    const { run, success_codes, read_only } = wanted
    if (!read_only) return planRun(label(run), wanted, now, runText(run, wanted))
    const { rc, stderr } = parse(now.output)
    return success_codes.includes(rc) ? [] : notReady(`${label(run)} — exit ${rc}${tail(stderr)}`)
  },

  result: (wanted, now): JsonObject => (wanted.read_only ? { ...parse(now.output) } : { ...notRun }),
})

// Standard output is answered as it comes; standard error is kept until the end.
function printed(wanted: Wanted): Script {
  const { success_codes: _, ...rest } = wanted
  return sh`{ e=$( (${runText(wanted.run, rest)}) 2>&1 >&3 3>&-; echo "/$?"); } 3>&1
printf '\036exit %s\n%s' "\${e##*/}" "\${e%/*}"`
}

function parse(answer: string): { rc: number; stdout: string; stderr: string } {
  const end = answer.lastIndexOf(ENDED)
  const [rc = '', ...stderr] = answer.slice(end + ENDED.length).split('\n')
  return { rc: Number(rc), stdout: withoutEnd(answer.slice(0, end)), stderr: withoutEnd(stderr.join('\n')) }
}

// As `$(…)` does, so that a condition can compare it with a word.
function withoutEnd(output: string): string {
  return output.replace(/\n+$/, '')
}

function tail(stderr: string): string {
  return stderr === '' ? '' : `: ${stderr.split('\n').at(-1)}`
}
