import * as z from 'zod'
import { change, notReady, resource } from '../core/resource.ts'
import { type Script, sh } from '../core/shell.ts'
import { accountFile, caBundle, common, home, NO_CLIENT, server } from './acme-host.ts'

const params = () =>
  z.strictObject({
    email: z.email('must be an e-mail address').describe('Where the authority writes to before something expires.'),
    server: server(),
    ca_bundle: caBundle(),
    home: home(),
  })

type Wanted = z.output<ReturnType<typeof params>>

export const acmeAccount = resource({
  name: 'acme_account',
  summary: 'Have an account with a certificate authority (ACME, RFC 8555).',
  description: '`register` keeps `url`, the address of the account, which a CAA record may name (RFC 8657).',
  examples: `
- acme_account: { email: ops@example.org, server: letsencrypt }
  register: account
`,
  params,

  read: ({ server, home, ca_bundle }) => ({
    client: sh`if command -v acme.sh >/dev/null && [ -d ${home} ]; then echo installed; else echo none; fi`,
    account: readAccount(accountFile(home, server)),
    bundle: ca_bundle ? sh`if [ -f ${ca_bundle} ]; then echo present; else echo absent; fi` : sh``,
  }),

  plan(wanted, now) {
    if (now.client === 'none\n') return notReady(NO_CLIENT)
    if (now.bundle === 'absent\n') return notReady(`${wanted.ca_bundle} does not exist`)
    const { ACCOUNT_URL: url, CA_EMAIL: email = 'no address' } = parseAssignments(now.account)
    const what = `account at ${new URL(wanted.server).host}`
    return url
      ? change(what, email, wanted.email, update(wanted))
      : change(what, 'absent', wanted.email, register(wanted))
  },

  result: (_, now) => ({ url: parseAssignments(now.account).ACCOUNT_URL ?? '' }),
})

function register(wanted: Wanted): Script {
  return sh`acme.sh --register-account ${common(wanted)} -m ${wanted.email}`
}

// --update-account tells the authority and forgets the address; registering what is registered saves it.
function update(wanted: Wanted): Script {
  return sh`acme.sh --update-account ${common(wanted)} -m ${wanted.email} && ${register(wanted)}`
}

// Two lines only: the same file holds the secret of an external account binding.
function readAccount(file: string): Script {
  return sh`if [ -f ${file} ]; then grep -E '^(ACCOUNT_URL|CA_EMAIL)=' ${file} || [ $? -eq 1 ]; fi`
}

function parseAssignments(answer: string): { readonly [name: string]: string | undefined } {
  return Object.fromEntries([...answer.matchAll(/^(\w+)='(.+)'$/gm)].map(([, name, value]) => [name, value]))
}
