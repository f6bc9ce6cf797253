/**
 * A program that reaches a host and does one thing there, for tests that need a controller in another network namespace, or
 * one that can be killed. Its only argument is an Order as JSON; it prints an Outcome, and before that `running` once a
 * change that was ordered has begun.
 */
import { UnreachableError } from '../../src/core/error.ts'
import { Secret } from '../../src/core/secret.ts'
import { type Script, sh } from '../../src/core/shell.ts'
import type { HostAddress } from '../../src/core/task.ts'
import { reach } from '../../src/host/reach.ts'

export interface Order {
  readonly address: HostAddress
  readonly become?: string
  readonly sudoPassword?: string
  /** Shell text to carry out instead of asking. */
  readonly change?: string
}

export interface Outcome {
  readonly text?: string
  readonly stage?: string
  readonly message?: string
  readonly hint?: string | undefined
}

async function obey({ address, become, sudoPassword, change }: Order): Promise<Outcome> {
  const options = {
    acceptNew: false,
    ...(sudoPassword === undefined ? {} : { sudoPassword: new Secret(sudoPassword) }),
  }
  const host = await reach(address, options)
  try {
    const session = await host.session(become)
    if (change === undefined) {
      // A password that reached the shell would run as a command; then this question would show its complaint.
      const answers = await session.survey([{ id: '0.who', script: sh`id -un; echo $HOME` }])
      return { text: answers.get('0.who')?.text ?? '' }
    }
    const step = { item: 0, questions: [], owes: [], settles: [], ignoreErrors: false, changes: [asScript(change)] }
    const end = await session.stream([step], (frame) => {
      if (frame.type === 'output') process.stdout.write(frame.text)
    })
    return { text: end.reason }
  } finally {
    await host.close()
  }
}

function asScript(text: string): Script {
  return sh(Object.assign([text], { raw: [text] }))
}

async function outcome(order: Order): Promise<Outcome> {
  try {
    return await obey(order)
  } catch (error) {
    if (error instanceof UnreachableError) return { stage: error.stage, message: error.message, hint: error.hint }
    throw error
  }
}

if (process.argv[1] === import.meta.filename) {
  console.log(JSON.stringify(await outcome(JSON.parse(process.argv[2] ?? '') as Order)))
}
