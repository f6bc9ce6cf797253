/** One kind of refusal: what it looks like, and what to do. Of several that fit, the first one counts. */
interface Rule {
  /** Enhanced status codes (RFC 3463); `x` stands for any first digit, so that temporary and final ones go together. */
  readonly codes?: readonly string[]
  readonly text?: RegExp
  readonly advice: string
}

/**
 * What servers say when they do not take a message. Sources: the error references of Google
 * (https://support.google.com/a/answer/3726730) and Microsoft (https://aka.ms/NDR), Yahoo's and Spamhaus' pages,
 * RFC 3463 and its registry, and chasquid's own words (internal/smtpsrv/conn.go, internal/courier/smtp.go).
 */
const RULES: readonly Rule[] = [
  {
    text: /spamhaus|\bzen\.|\bsbl\b|\bxbl\b|\bpbl\b/i,
    advice:
      'the address is on a list of Spamhaus: look it up at https://check.spamhaus.org, mend the cause, ask for removal',
  },
  {
    text: /barracuda|spamcop|sorbs|proofpoint|cloudmark|invaluement|uceprotect|\b(?:rbl|dnsbl|blacklist|blocklist|block list)\b|blocked using/i,
    advice:
      'the address is on a blocklist that this server asks: the reply names it; mend the cause, then ask for removal there',
  },
  {
    codes: ['x.7.606', 'x.7.511'],
    text: /banned sending IP|sender\.office\.com/i,
    advice: 'Microsoft has blocked the address: ask for removal at https://sender.office.com',
  },
  {
    text: /\bS3[15]\d0\b|olcsupport|part of their network is on our block list/i,
    advice: 'Outlook.com has blocked the address or its network: ask at https://olcsupport.office.com, and join SNDS',
  },
  {
    text: /\[TSS?\d+\]|\[BL\d+\]|user complaints/i,
    advice:
      'Yahoo slows down or blocks the address because of complaints or volume: send less, then see https://senders.yahooinc.com',
  },
  {
    codes: ['x.7.515'],
    advice:
      'Microsoft wants SPF, DKIM and DMARC of the domain in From, all of them passed and aligned: check them with verify',
  },
  {
    text: /IPv6 sending guidelines/i,
    advice:
      'Google takes mail over IPv6 only from an address with a PTR name that leads back to it, and with SPF or DKIM: check them with verify',
  },
  {
    codes: ['x.7.25'],
    text: /\bPTR\b|reverse DNS|reverse hostname|rDNS|cannot find your (?:reverse )?hostname/i,
    advice:
      'the sending address has no PTR name, or its name does not lead back to it: set the PTR at the provider of the host',
  },
  {
    codes: ['x.7.26'],
    advice:
      'neither SPF nor DKIM passes for the domain in From, or its DMARC policy forbids the message: check them with verify',
  },
  {
    codes: ['x.7.27', 'x.7.23', 'x.7.24'],
    text: /\bSPF (?:check|validation|did not|authentication|fail)/i,
    advice: 'SPF does not allow the sending address: add it to the SPF record of the domain in MAIL FROM',
  },
  {
    codes: ['x.7.30', 'x.7.20', 'x.7.21', 'x.7.22'],
    text: /\bDKIM (?:signature|check|validation|did not|authentication|fail)/i,
    advice: 'DKIM does not pass: compare the DKIM record with the key on the host, with verify',
  },
  {
    codes: ['x.7.32'],
    text: /\bDMARC\b|n[o’']t aligned/i,
    advice: 'the domain in From is not that of SPF or DKIM: send with MAIL FROM and signature of the same domain',
  },
  {
    codes: ['x.7.29'],
    text: /TLS (?:is )?required|must issue a STARTTLS/i,
    advice: 'the server wants TLS on the way to it: see why chasquid sent without, in `journalctl -u chasquid`',
  },
  {
    text: /gr[ae]y-?list/i,
    advice: 'greylisting: nothing is wrong, chasquid tries again within minutes',
  },
  { codes: ['x.5.3'], advice: 'too many recipients at once: send fewer per message' },
  {
    codes: ['x.7.28'],
    text: /unusual rate|rate.?limit|too many (?:messages|connections|emails|recipients)|throttl|exceeded.*(?:rate|limit)/i,
    advice:
      'too much in too short a time for the reputation of address and domain: send less, and raise the amount slowly',
  },
  {
    text: /unsolicited|suspicious|spam|low reputation|poor reputation/i,
    advice:
      'taken for spam by content or reputation: send less, to people who asked for it, and watch https://postmaster.google.com',
  },
  {
    codes: ['x.2.2'],
    text: /over ?quota|mailbox (?:is )?full|out of storage/i,
    advice: 'the mailbox of the recipient is full: only they can change that',
  },
  { codes: ['x.2.1'], advice: 'the mailbox of the recipient is switched off or gets too much at once' },
  {
    codes: ['x.1.10'],
    text: /null ?MX|does not accept mail/i,
    advice: 'the domain of the recipient takes no mail, or has no such mailbox: look for a slip in the address',
  },
  {
    codes: ['x.1.1', 'x.1.0', 'x.1.6'],
    text: /user (?:unknown|does not exist|not found)|unknown user|no such (?:user|mailbox)|recipient (?:not found|rejected)/i,
    advice: 'there is no such mailbox: look for a slip in the address, and stop writing to it',
  },
  {
    codes: ['x.1.2'],
    text: /no such host|domain not found/i,
    advice: 'the domain of the recipient has no mail server in DNS: look for a slip in the address',
  },
  {
    codes: ['x.1.8', 'x.1.7'],
    text: /sender (?:address|domain).*(?:not found|rejected|does not exist)/i,
    advice: 'the domain in MAIL FROM has no MX or A record: publish its records, see dns',
  },
  {
    codes: ['x.3.4', 'x.2.3'],
    text: /message (?:is )?too (?:big|large)|size limit/i,
    advice: 'the message is larger than the server takes: send a link in place of the file',
  },
  {
    codes: ['x.7.8'],
    text: /(?:^|\s)535[ -]|authentication (?:failed|credentials)|incorrect user or password/i,
    advice: 'the server does not know this user with this password: run users, and compare',
  },
  {
    codes: ['x.7.9'],
    text: /(?:^|\s)530[ -]|authenticat\w+ (?:is )?(?:required|needed|first)/i,
    advice: 'the server takes mail on this port only from users who log in',
  },
  {
    text: /relay/i,
    advice: 'the server is not responsible for the domain of the recipient: its MX record leads to the wrong host',
  },
  {
    text: /security level check failed/i,
    advice:
      'the domain had better TLS before: if that is meant to be, `chasquid-util domaininfo-remove DOMAIN` forgets it',
  },
  {
    text: /STS policy|MTA-STS/i,
    advice: 'the MTA-STS policy of the recipient forbids this server or its certificate: they have to mend it',
  },
  {
    text: /network is unreachable|no route to host/i,
    advice: 'the host has no route for this family of addresses: check IPv6 on the host with preflight',
  },
  {
    codes: ['x.4.1', 'x.4.2', 'x.4.7'],
    text: /i\/o timeout|timed out|connection (?:refused|reset)|could not dial/i,
    advice:
      'no connection to port 25 of the recipient: where that is so for all of them, the provider of the host blocks the port; see preflight',
  },
  {
    codes: ['x.4.3', 'x.4.4'],
    text: /server misbehaving|SERVFAIL|temporary failure in name resolution/i,
    advice: 'DNS did not answer: check the resolver of the host, and the name servers of the domain',
  },
  {
    codes: ['x.3.1', 'x.3.0', 'x.3.2'],
    text: /queue (?:is )?full|queue size too big|(?:^|\s)452[ -]|insufficient (?:system )?storage/i,
    advice:
      'the queue or disk of the server is full, for now: where it is our own, see status and `chasquid.queue_items`',
  },
  {
    codes: ['x.6.0', 'x.5.2', 'x.6.7'],
    text: /bare LF|line ending|RFC ?5322/i,
    advice: 'the message is not well formed: CRLF line ends, one From and one Message-ID are needed',
  },
  {
    codes: ['x.7.1', 'x.7.0'],
    advice: 'the rules of the server refuse it; the reply often leads to a page that says which',
  },
]

/**
 * What to do about a reply of a mail server, or about what chasquid's log says of a delivery, in one line without a full
 * stop; nothing where the reply is new to us.
 *
 * @param reply as it was received or logged: `550-5.7.26 …`, `451 4.7.1 Greylisted`, `Could not dial: …`.
 */
export function smtpAdvice(reply: string): string | undefined {
  const codes = [...reply.matchAll(/(?<![\d.])[245]\.(\d{1,3}\.\d{1,3})\b(?!\.\d)/g)].map(([, rest]) => `x.${rest}`)
  return RULES.find((rule) => fits(rule, reply, codes))?.advice
}

function fits(rule: Rule, reply: string, codes: readonly string[]): boolean {
  return (rule.codes ?? []).some((code) => codes.includes(code)) || (rule.text?.test(reply) ?? false)
}
