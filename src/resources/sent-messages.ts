import * as z from 'zod'

/** Messages as `test_mail` registers them. */
export function sentMessages() {
  const message = z
    .looseObject({
      message_id: z
        .string()
        .regex(/^<[^<>\s]+>$/, 'must be a Message-ID in angle brackets')
        .describe('Its Message-ID.'),
      from: z.email().describe('Who sent it.'),
      to: z.email().describe('Who it was sent to.'),
      port: z.int().describe('The port on which it was handed in.').default(25),
      local_port: z.int().describe('The client’s own port then.').default(0),
    })
    .transform(({ message_id, from, to, port, local_port }) => ({
      messageId: message_id,
      from,
      to,
      port,
      localPort: local_port,
    }))
  return z.array(message).describe('The messages, as `test_mail` registers them.')
}
