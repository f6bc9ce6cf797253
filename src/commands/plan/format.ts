import * as z from 'zod'
import type { Event } from '../../engine/events.ts'

/** The version of the layout below (docs/plans.md). A plan of another one is refused. */
export const FORMAT = 1

/** Keyed hashes (`PlanKey.hash`) of what may not be in a plan itself. */
const fingerprint = z.strictObject({
  wanted: z
    .string()
    .optional()
    .describe('The resource, its parameters as rendered, its files, and the keywords of its task.'),
  seen: z.string().optional().describe('What the host answered, where something is to change.'),
  does: z.string().optional().describe('The changes: their scripts, and what no_log hides.'),
})

/** What a plan holds of each item beside what the check said. */
export type Fingerprint = z.output<typeof fingerprint>

const place = z.looseObject({ file: z.string(), line: z.number(), column: z.number() })
const item = { host: z.string(), play: z.string(), task: z.string(), place, resource: z.string(), handler: z.boolean() }
const diff = z.looseObject({ before: z.string(), after: z.string() })
const change = z.looseObject({
  what: z.string(),
  from: z.string(),
  to: z.string(),
  script: z.string(),
  diff: diff.optional(),
})
const failure = z.looseObject({ message: z.string(), output: z.string().optional(), hint: z.string().optional() })
const finding = z.looseObject({
  id: z.string(),
  verdict: z.enum(['right', 'wrong', 'unknown']),
  importance: z.enum(['required', 'recommended', 'optional']),
  subject: z.string(),
  text: z.string(),
})
const count = z.number()
const recap = z.looseObject({
  ok: count,
  changed: count,
  failed: count,
  skipped: count,
  unreachable: z.boolean(),
  unknown: count,
  ignored: count,
  notReached: count,
  milliseconds: count,
})

// As docs/output.md has them; a later version may say more, and other kinds of events.
const shapes: { readonly [type: string]: z.ZodType } = {
  start: z.looseObject({ playbook: z.string(), check: z.literal(true), hosts: z.array(z.string()) }),
  result: z.looseObject({
    ...item,
    status: z.string(),
    changes: z.array(change),
    notes: z.array(z.string()),
    notifies: z.array(z.string()),
    milliseconds: count,
    failure: failure.optional(),
    findings: z.array(finding).optional(),
    fingerprint: fingerprint.optional(),
  }),
  message: z.looseObject({ ...item, text: z.string() }),
  document: z.looseObject({ ...item, format: z.string(), text: z.string() }),
  unreachable: z.looseObject({ host: z.string(), stage: z.string(), message: z.string() }),
  recap: z.looseObject({ check: z.literal(true), interrupted: z.literal(false), hosts: z.record(z.string(), recap) }),
}

const event = z.looseObject({ type: z.string() }).superRefine((value, context) => {
  const shape = Object.hasOwn(shapes, value.type) ? shapes[value.type] : undefined
  for (const issue of shape?.safeParse(value).error?.issues ?? []) {
    context.addIssue({ code: 'custom', path: [...issue.path], message: issue.message })
  }
})

const planFile = z.strictObject({
  format: z.literal(FORMAT),
  program: z.string(),
  made: z.iso.datetime(),
  by: z.string(),
  /** As it was typed, secrets masked. */
  command: z.string(),
  arguments: z.strictObject({
    directory: z.string(),
    playbook: z.string(),
    inventory: z.array(z.string()),
    user: z.string().optional(),
    become: z.boolean().optional(),
    becomeUser: z.string().optional(),
    tags: z.array(z.string()),
    skipTags: z.array(z.string()),
    /** Nothing in place of one that holds a secret. */
    extraVars: z.array(z.string().nullable()),
    extraVarsHash: z.string(),
    answersHash: z.string(),
  }),
  /** Which key sealed it. */
  key: z.string(),
  inputs: z.array(z.strictObject({ file: z.string(), hash: z.string() })),
  hosts: z.record(z.string(), z.strictObject({ reached: z.string(), plays: z.string() })),
  events: z.array(event),
  seal: z.string(),
})

export type PlanEvent = Event & { readonly fingerprint?: Fingerprint | undefined }

/** A plan as its file has it. */
export interface SavedPlan extends Omit<z.output<typeof planFile>, 'events'> {
  readonly events: readonly PlanEvent[]
}

/** The plan, or what is wrong with it in one line: `hosts.mx1.reached: …`. */
export function parsePlan(data: unknown): SavedPlan | { readonly wrong: string } {
  const { success, data: plan, error } = planFile.safeParse(data)
  // Events were looked at as far as anything depends on them.
  if (success) return plan as unknown as SavedPlan
  const [issue] = error.issues
  return { wrong: [issue?.path.join('.'), issue?.message].filter(Boolean).join(': ') }
}
