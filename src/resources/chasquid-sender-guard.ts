import * as z from 'zod'
import { type FileState, parseFile, planFile, readFile } from '../core/file.ts'
import { type Change, impossible, isChanges, notReady, type Plan, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { editBlock } from './block.ts'
import { CONFIGURATION, domain, GROUP, NOT_INSTALLED } from './chasquid-host.ts'
import { oneOrMore } from './params.ts'
import { senderGuardScript } from './sender-guard-script.ts'

const HOOK = `${CONFIGURATION}/hooks/post-data`
const GUARD = `${CONFIGURATION}/hooks/sender-guard`
const ALLOWANCES = `${CONFIGURATION}/hooks/sender-guard.allow`

const params = () =>
  z.strictObject({
    domains: z
      // Whatever else is said of a domain, passwords above all, stays out of here.
      .record(
        domain(),
        z.object({
          send_as: z
            .record(
              z.string().regex(/^[^\s@]+$/, 'must be the local part of a user'),
              oneOrMore(z.string().regex(/^(\*|[^\s@]+@[^\s@]+)$/, 'must be an address, *@DOMAIN, or * for any')),
            )
            .describe('Local part of a user → addresses, `*@example.org` for all of a domain, `*` for any.')
            .default({}),
        }),
      )
      .describe('As whom users may send beside themselves, as the variable `domains` says it.')
      .default({}),
    state: z.enum(['present', 'absent']).describe('`absent` takes it out of the hook again.').default('present'),
  })

export const chasquidSenderGuard = resource({
  name: 'chasquid_sender_guard',
  summary: 'Let users of chasquid send as themselves only.',
  description: `
chasquid lets every user who has logged in send with any address. This makes a program of ours, ${GUARD}, a part of the hook \`post-data\`: mail with an address of somebody else in MAIL FROM
or From is refused for good, and the client is told which one. Suffixes such as \`i+news@\` are the user's own. Mail without login is none of its business.

The rest of the hook, spam filters for example, stays and runs as before; dpkg keeps such a file in upgrades (the resource \`packages\` asks it to). It counts at once, without a restart.`,
  examples: `
- name: Everybody sends as themselves, and the newsletter also as hello@
  chasquid_sender_guard: { domains: { example.org: { send_as: { news: [hello@example.org, "*@lists.example.org"] } } } }
`,
  params,

  read: () => ({
    hook: readFile(HOOK),
    guard: readFile(GUARD),
    allowances: readFile(ALLOWANCES),
  }),

  plan({ domains, state }, now): Plan {
    const hook = parseFile(now.hook)
    const files = { [GUARD]: parseFile(now.guard), [ALLOWANCES]: parseFile(now.allowances) }
    if (state === 'absent') return planAbsent(hook, files)
    if (hook.kind === 'no directory') return notReady(NOT_INSTALLED)
    const text = hook.kind === 'file' ? (hook.content ?? '') : '#!/bin/sh\n'
    if (!/^#!.*\b(sh|bash|dash)\b/.test(text)) {
      return impossible(`${HOOK} is no shell script`, `run ${GUARD} in it yourself, or do without: sender_guard: false`)
    }
    const plans = [
      planFile({ path: GUARD, content: senderGuardScript, owner: 'root', group: 'root', mode: '0755' }, files[GUARD]!),
      planFile(
        { path: ALLOWANCES, content: formatAllowances(domains), owner: 'root', group: GROUP, mode: '0640' },
        files[ALLOWANCES]!,
      ),
      // The file of the package stays as it is: owner and mode, and what stands around the block.
      planFile(
        {
          path: HOOK,
          content: withGuard(text),
          ...(hook.kind === 'file' ? {} : { mode: '0755' }),
          validate: 'bash -n %s',
        },
        hook,
      ),
    ]
    return plans.find((plan) => !isChanges(plan)) ?? plans.filter(isChanges).flat()
  },
})

function planAbsent(hook: FileState, files: { readonly [path: string]: FileState }): readonly Change[] {
  const placing =
    hook.kind === 'file'
      ? planFile({ path: HOOK, content: editBlock(hook.content ?? '', { ...BLOCK, state: 'absent' }) }, hook)
      : []
  return [
    ...(isChanges(placing) ? placing : []),
    ...Object.entries(files).flatMap(([path, { kind }]) =>
      kind === 'absent' || kind === 'no directory'
        ? []
        : [{ what: path, from: kind, to: 'absent', apply: sh`remove_file ${path}` }],
    ),
  ]
}

// What follows in the hook finds the message on its standard input, as if nobody had read it.
const BLOCK = {
  marker: '# {mark} sender-guard by provision',
  insert_after: '^#!',
  block: `if [ -n "$AUTH_AS" ]; then
  guarded=$(mktemp) && cat >"$guarded" || exit 75
  ${GUARD} ${ALLOWANCES} <"$guarded" || { code=$?; rm -f "$guarded"; exit "$code"; }
  exec <"$guarded"
  rm -f "$guarded"
fi`,
} as const

function withGuard(text: string): string {
  return editBlock(text, { ...BLOCK, state: 'present' })
}

function formatAllowances(domains: z.output<ReturnType<typeof params>>['domains']): string {
  const lines = Object.entries(domains).flatMap(([domain, { send_as }]) =>
    Object.entries(send_as).map(([user, addresses]) => `${user}@${domain} ${addresses.join(' ')}\n`),
  )
  return `# Written by provision; changes are overwritten.\n${lines.join('')}`
}
