import * as z from 'zod'
import { resource } from '../core/resource.ts'
import { type Script, sh } from '../core/shell.ts'
import { duration, path, shell } from './params.ts'
import { label } from './run.ts'

const params = () =>
  z
    .strictObject({
      port: z.number().int().min(1).max(65535).describe('TCP port, tried from the host itself.').optional(),
      host: z
        .string()
        .regex(/^[A-Za-z0-9._:-]+$/, 'must be a host name or an address')
        .describe('Where the port is.')
        .default('127.0.0.1'),
      path: path().describe('File or directory.').optional(),
      command: shell().describe('Shell text that succeeds or fails.').optional(),
      state: z
        .enum(['present', 'absent'])
        .describe('`present`: the port is open, the file is there, the command succeeds. `absent`: the contrary.')
        .default('present'),
      timeout: duration().describe('How long to wait: seconds, or such as `5m`.').default(300),
      interval: duration().describe('How long to rest between two tries.').default(1),
    })
    .refine((wanted) => [wanted.port, wanted.path, wanted.command].filter((each) => each !== undefined).length === 1, {
      error: 'needs exactly one of port, path and command',
    })

type Wanted = z.output<ReturnType<typeof params>>

export const waitFor = resource({
  name: 'wait_for',
  summary: 'Wait for a port, a file or a command.',
  examples: `
- name: SMTP is up
  wait_for: { port: 25, timeout: 60s }
- name: The key was made
  wait_for: { path: /etc/ssl/dh.pem, timeout: 10m }
- name: The queue is empty
  wait_for: { command: test -z "$(mailq)", interval: 5s }
`,
  params,
  read: (wanted) => ({ state: sh`if ${condition(wanted)}; then echo present; else echo absent; fi` }),
  plan(wanted, now) {
    const { state, timeout, interval } = wanted
    const is = now.state.trim() === 'present' ? 'present' : 'absent'
    if (is === state) return []
    const { what, words } = describe(wanted)
    const apply = sh`end=$(($(date +%s) + ${Math.ceil(timeout)}))
${state === 'present' ? sh`until` : sh`while`} ${condition(wanted)}; do
  if [ "$(date +%s)" -ge "$end" ]; then echo ${`gave up after ${timeout} s: ${what} is ${words[is]}`} >&2; exit 1; fi
  sleep ${interval}
done`
    return [{ what, from: words[is], to: words[state], apply, waits: true }]
  },
})

function describe({ port, host, path, command }: Wanted): {
  what: string
  words: Record<'present' | 'absent', string>
} {
  if (port !== undefined) return { what: `port ${port} of ${host}`, words: { present: 'open', absent: 'closed' } }
  if (path !== undefined) return { what: path, words: { present: 'there', absent: 'absent' } }
  return { what: label(command ?? ''), words: { present: 'succeeding', absent: 'failing' } }
}

// Bash is essential on Debian and can open a connection by itself; a refused one takes no time, a silent one five seconds.
function condition({ port, host, path, command }: Wanted): Script {
  if (port !== undefined) return sh`timeout 5 bash -c ${'exec 3<>"/dev/tcp/$0/$1"'} ${host} ${port} 2>/dev/null`
  if (path !== undefined) return sh`[ -e ${path} ]`
  return sh`(eval ${command ?? ''}) >/dev/null 2>&1`
}
