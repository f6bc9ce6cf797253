import assert from 'node:assert/strict'
import { UnreachableError } from '../../src/core/error.ts'
import { sh } from '../../src/core/shell.ts'
import type { HostAddress } from '../../src/core/task.ts'
import type { ReachOptions } from '../../src/host/options.ts'
import { reach } from '../../src/host/reach.ts'

/** Who a session is, `NAME\n`. Known hosts are read once for an options object, so each call takes a new one unless told otherwise. */
export async function hello(
  address: HostAddress,
  options: ReachOptions = { acceptNew: false },
  become?: string,
): Promise<string> {
  const host = await reach(address, options)
  try {
    const session = await host.session(become)
    return (await session.survey([{ id: '0.a', script: sh`id -un` }])).get('0.a')?.text ?? ''
  } finally {
    await host.close()
  }
}

/** Why a host cannot be reached. */
export async function refusal(address: HostAddress, options?: Partial<ReachOptions>): Promise<UnreachableError> {
  const outcome = await hello(address, { acceptNew: false, ...options }).catch((error: unknown) => error)
  assert.ok(outcome instanceof UnreachableError, String(outcome))
  return outcome
}
