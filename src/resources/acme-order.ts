import * as z from 'zod'
import { impossible, notReady, type Plan, resource } from '../core/resource.ts'
import { orderFields, parseClient, planCredentials, readClient, unsavable, whyIssue } from './acme-issue.ts'
import { beginOrder, readOrder } from './acme-pending.ts'
import { parseCertificate, readCredentials } from './acme-state.ts'

export const acmeOrder = resource({
  name: 'acme_order',
  summary: 'Begin to order a certificate, in the background.',
  description: `Most of an order is waiting, and the host may do other things meanwhile. A later \`acme_certificate\` with the same parameters waits for the order, fails where it failed, and installs the certificate.
Nothing is ordered where the certificate is there as wanted, or where this order is running already. One order at a time runs on a host, as a transient unit \`provision-acme-DOMAIN_ecc\` (without \`_ecc\` for RSA keys).`,
  examples: `
- acme_order:
    domain: example.org
    names: ["*.example.org"]
    dns: dns_cf
    env: { CF_Token: "{{ secrets.cf_token }}" }
`,
  params: () => z.strictObject(orderFields()),

  read: (wanted) => ({
    client: readClient(wanted),
    credentials: readCredentials(wanted.home, wanted.env),
    order: readOrder(wanted),
  }),

  plan(wanted, now): Plan {
    const { obstacle, mutable } = parseClient(now.client)
    if (obstacle !== undefined) return notReady(obstacle)
    const variable = unsavable(wanted)
    if (variable)
      return impossible(
        `acme.sh cannot save ${variable}: it holds a quote or a backslash`,
        'make another key at the provider',
      )
    const from = whyOrder(wanted, now.order)
    return [
      ...planCredentials(wanted, now.credentials, mutable),
      ...(from === undefined
        ? []
        : [{ what: `order of certificate ${wanted.domain}`, from, to: 'ordered', apply: beginOrder(wanted) }]),
    ]
  },
})

function whyOrder(wanted: Parameters<typeof whyIssue>[0], answer: string): string | undefined {
  const line = answer.indexOf('\n')
  const word = answer.slice(0, line)
  if (word === 'running') return undefined
  return word === 'failed' ? 'failed' : whyIssue(wanted, parseCertificate(answer.slice(line + 1)))?.from
}
