import type { Report } from '../../src/core/control.ts'
import type { Json } from '../../src/core/json.ts'
import { resourceOf } from './case.ts'

/** Carries a probe out, as the engine does: its findings in words, and what it registers. */
export async function look(
  name: string,
  params: Json,
  now: { readonly [read: string]: string } = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<{ readonly said: readonly string[]; readonly report: Report }> {
  const probe = resourceOf(name)
  const controller = { signal, secret: () => undefined }
  const report = await probe.control!(probe.params.parse(params), now, controller)
  return { said: said(report), report }
}

/** `wrong port-closed: connections are refused`; ports of the test's own servers, which are other ones each time, as PORT. */
export function said({ findings = [] }: Report): readonly string[] {
  return findings.map(({ verdict, id, text }) => `${verdict} ${id}: ${text.replace(/\b\d{5}\b/g, 'PORT')}`)
}
