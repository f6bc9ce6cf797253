import * as z from 'zod'
import { notReady, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { duration, line, shell } from './params.ts'

export const reboot = resource({
  name: 'reboot',
  summary: 'Restart the host and wait until it is back.',
  description: `
The host is back when it can be reached and tells another boot id (\`/proc/sys/kernel/random/boot_id\`, random(4)), not merely when it answers.
Without \`only_if\` it restarts every time; such a task is best a handler.`,
  examples: `
- name: Restart for the new kernel
  reboot: { only_if: test -e /run/reboot-required, message: new kernel }
`,
  params: () =>
    z.strictObject({
      only_if: shell().describe('Shell text: restart only while it succeeds.').optional(),
      message: line().describe('Why, for those who are logged in and for the log.').default('provision'),
      timeout: duration().describe('How long it may take to come back: seconds, or such as `10m`.').default(600),
    }),
  read: ({ only_if }) => ({
    boot: sh`read -r id </proc/sys/kernel/random/boot_id && echo "$id"`,
    only_if: only_if === undefined ? sh`` : sh`(eval ${only_if}) >/dev/null 2>&1; echo "$?"`,
  }),
  plan({ only_if, message }, now) {
    // One second later, so that the answer to this command still arrives.
    const apply = sh`systemd-run --quiet --collect --on-active=1 --timer-property=AccuracySec=100ms -- systemctl reboot ${`--message=${message}`}`
    if (only_if === undefined) return [{ what: 'host', from: '', to: 'restart', apply, always: true }]
    const code = now.only_if.trim()
    if (code === '127') return notReady(`only_if uses a command that does not exist: ${only_if}`)
    if (code !== '0') return []
    return [{ what: 'host', from: `boot ${now.boot.slice(0, 8)}, only_if succeeds`, to: 'restarted', apply }]
  },
  reconnects: ({ timeout }) => timeout,
})
