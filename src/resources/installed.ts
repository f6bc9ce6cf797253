import * as z from 'zod'
import { resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { duration } from './params.ts'

export const installed = resource({
  name: 'installed',
  summary: 'Wait until a provider’s installer has put the system on the host.',
  description: `Some providers start a small system that writes the one that was ordered to the disk. Its sshd answers, too, so what is done there is lost.
It is known by its name in /etc/os-release, /etc/issue or /etc/motd. The host is asked anew, over a new connection, until it is another system.
The new system usually has another host key; then the run ends and says so, and after \`--accept-new\` (or a new \`host_key\`) the next one goes on.`,
  examples: `
- name: The system is there
  installed: {}
- installed: { installers: [TinyCore, SystemRescue], timeout: 1h }
`,
  params: () =>
    z.strictObject({
      installers: z
        .array(z.string().regex(/^[A-Za-z0-9 ._-]+$/, 'must be a name, such as TinyCore'))
        .min(1)
        .describe('Names of systems that only install another one; capitals do not matter.')
        .default(['TinyCore']),
      timeout: duration().describe('How long it may take: seconds, or such as `30m`.').default(1800),
    }),
  read: ({ installers }) => ({
    system: sh`
set -- ${installers}
for name do
  for file in /etc/os-release /etc/issue /etc/motd; do
    if [ -r "$file" ] && grep -qiF -e "$name" "$file"; then printf 'the installer %s\n' "$name" && break 2; fi
  done
done`,
  }),
  plan(_, now) {
    const installer = now.system.trim()
    // There is nothing to do on the host: only time helps.
    return installer === '' ? [] : [{ what: 'system', from: installer, to: 'installed', apply: sh`:`, waits: true }]
  },
  reconnects: ({ timeout }) => timeout,
})
