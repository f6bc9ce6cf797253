/**
 * The proof of a mail server: a message submitted as a real client would, delivered over the lab's network, and judged
 * by the server that received it.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Lab } from './lab.ts'
import { senderPassword } from './mail-inventory.ts'
import { inboxDirectory } from './release.ts'
import type { LabHost } from './state.ts'
import type { Submission } from './submit-process.ts'

export interface Proof {
  /** The whole message as it arrived. */
  readonly message: string
  /** Its header fields that tell of the way and of the verdict. */
  readonly headers: readonly string[]
  readonly spf: string
  readonly dkim: string
  /** The sending server's address as the receiver saw it. */
  readonly from: string
  /** Such as `TLS 1.3`. */
  readonly tls: string
}

const ARRIVES_SECONDS = 30

/** Submits a message at the host of one domain to an address of another's, and waits for it in that host's mailbox. */
export async function proveMail(
  lab: Lab,
  sender: LabHost,
  receiver: LabHost,
  to: string,
  port: 465 | 587 = 465,
): Promise<Proof> {
  const domain = lab.domains[lab.hosts.indexOf(sender)]
  const subject = `proof ${randomBytes(6).toString('hex')}`
  const serverName = `smtp.${domain}`
  const submission: Submission = { address: sender.ipv4, port, serverName, from: `i@${domain}`, to, subject }
  const program = fileURLToPath(new URL('./submit-process.ts', import.meta.url))
  const answer = await lab.execute([process.execPath, ...process.execArgv, program, JSON.stringify(submission)], {
    input: senderPassword,
    environment: { NODE_EXTRA_CA_CERTS: join(lab.directory, 'roots.pem') },
    timeoutSeconds: 60,
  })
  if (answer.status !== 0) throw new Error(`${serverName} did not take the message:\n${answer.stderr}`)
  return read(await arrived(lab, receiver, subject))
}

async function arrived(lab: Lab, receiver: LabHost, subject: string): Promise<string> {
  const deadline = Date.now() + ARRIVES_SECONDS * 1000
  while (Date.now() < deadline) {
    const { stdout } = await lab.run(receiver, ['grep', '-rlF', '--include=*.eml', subject, inboxDirectory])
    const file = stdout.split('\n')[0]
    if (file) return lab.demand(receiver, ['cat', file])
    await sleep(200)
  }
  const log = await lab.run(receiver, ['journalctl', '-u', 'chasquid', '-n', '20', '--no-pager'])
  throw new Error(
    `the message did not arrive at ${receiver.name} within ${ARRIVES_SECONDS} s. Its log ends with:\n${log.stdout}`,
  )
}

function read(message: string): Proof {
  const end = message.search(/\r?\n\r?\n/)
  const unfolded = message
    .slice(0, end)
    .replace(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/)
  const headers = unfolded.filter((line) => /^(Received|Authentication-Results|DKIM-Signature):/i.test(line))
  const verdicts = headers.filter((line) => /^Authentication-Results:/i.test(line)).join(' ')
  const received = headers.find((line) => /^Received:/i.test(line)) ?? ''
  return {
    message,
    headers,
    spf: /\bspf=(\w+)/.exec(verdicts)?.[1] ?? 'none',
    dkim: /\bdkim=(\w+)/.exec(verdicts)?.[1] ?? 'none',
    from: /\[(?:IPv6:)?([0-9a-fA-F:.]+)\]/.exec(received)?.[1] ?? '',
    tls: /TLS ?1\.\d|tls1\.\d/i.exec(received)?.[0].replace(/tls ?/i, 'TLS ') ?? 'none',
  }
}
