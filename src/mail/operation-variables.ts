import * as z from 'zod'
import { name } from './domain-variables.ts'

/** What the playbooks that look after mail hosts read: archives, checks from outside, test messages. */
export const operationVariables = {
  backup: z
    .strictObject({
      folder: z
        .string()
        .default('backups')
        .describe('Folder of the controller for the archives; relative to where you are.'),
      recipients: z
        .array(z.string())
        .default([])
        .describe('Who can decrypt them: recipients of age (`age1…`), at least one for `backup`.'),
      identity: z
        .string()
        .default('~/.config/age/key.txt')
        .describe('File of the controller with the age identity that `restore` decrypts with.'),
      git: z
        .boolean()
        .default(false)
        .describe('Commit archives to the git repository of the folder and push them; a public remote is refused.'),
    })
    .prefault({})
    .describe('Backups of what a host needs to be reborn, encrypted with age.'),
  checks: z
    .strictObject({
      mail_servers: z
        .array(z.string())
        .min(1)
        .default(['gmail-smtp-in.l.google.com', 'outlook-com.olc.protection.outlook.com', 'mta5.am0.yahoodns.net'])
        .describe('Mail servers of others, tried to see whether port 25 is open; `#PORT` behind the name if not 25.'),
      blocklists: z
        .strictObject({
          addresses: z
            .array(name)
            .default(['zen.spamhaus.org', 'bl.spamcop.net'])
            .describe('DNS blocklists of addresses.'),
          domains: z.array(name).default(['dbl.spamhaus.org']).describe('DNS blocklists of domains.'),
        })
        .prefault({})
        .describe('Blocklists that are asked.'),
      rdap: z
        .union([z.url({ protocol: /^https$/ }), z.literal(false)])
        .default('https://rdap.org')
        .describe('Who is asked how old a domain is: an RDAP service; `false`: nobody.'),
    })
    .prefault({})
    .describe('Who is asked by checks besides the hosts and DNS.'),
  verify: z
    .strictObject({
      ca_bundle: z
        .string()
        .optional()
        .describe('File of the controller with a private authority that issued the certificates of the hosts.'),
    })
    .prefault({})
    .describe('What `verify` trusts.'),
  testmail: z
    .strictObject({
      to: z
        .email()
        .optional()
        .describe(
          'Who gets the test messages. Default: the first sender of another mail host of the run, or of the same.',
        ),
      ports: z
        .array(z.union([z.literal(465), z.literal(587)]))
        .min(1)
        .default([465, 587])
        .describe('Ports through which a message is sent, one each.'),
      follow: z
        .union([z.number(), z.string()])
        .default(30)
        .describe('How long to wait for each receiver: seconds, or such as `5m` where receivers put new senders off.'),
      inbox: z
        .string()
        .optional()
        .describe(
          'Directory on the hosts in which their delivery agent keeps received mail, one file each: messages among them are fetched and judged.',
        ),
      unsubscribe: z.string().optional().describe('Address or URL for List-Unsubscribe, as a newsletter has it.'),
      ca_bundle: z
        .string()
        .optional()
        .describe('File of the controller with a private authority that issued the certificates of the hosts.'),
    })
    .prefault({})
    .describe('The messages of `testmail`.'),
}
