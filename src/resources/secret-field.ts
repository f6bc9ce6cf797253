import * as z from 'zod'
import { Secret } from '../core/secret.ts'

/** A value that is never shown: it becomes a Secret as soon as it is validated. */
export function secret() {
  return z
    .string({ error: 'must be text; put a password of digits in quotes' })
    .min(1, 'must not be empty')
    .refine((value) => !/[\n\r\0]/.test(value), 'must be one line')
    .transform((value) => new Secret(value))
}
