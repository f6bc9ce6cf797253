import * as z from 'zod'
import { resource } from '../core/resource.ts'
import { type Script, sh } from '../core/shell.ts'
import { text } from './params.ts'
import { guardReads, notRun, planRun, running, runWords } from './run.ts'

export const script = resource({
  name: 'script',
  summary: 'Run a script of the controller on the host.',
  description: `
The script runs by the interpreter that its first line names (\`#!/usr/bin/env python3\`), by \`sh\` without one, from a temporary file that is removed afterwards.
Guards are those of \`command\`: without one it runs every time.`,
  examples: `
- name: Build it
  script: { src: build.sh, args: [--prefix, /opt/app], creates: /opt/app/bin/app, timeout: 15m }
`,
  params: () =>
    z.strictObject({
      src: z.string().min(1).describe('Script of the controller, beside the playbook or in its `files/`.'),
      args: z.array(text()).describe('Its arguments, which other users of the host can see in `ps`.').default([]),
      ...running,
    }),
  files: { src: 'content' },
  read: (wanted) => guardReads(wanted),
  plan: (wanted, now, { src }) => planRun(wanted.src, wanted, now, fromTemporaryFile(src.content, wanted)),
  result: () => ({ ...notRun }),
})

type Wanted = Parameters<typeof runWords>[1] & { readonly args: readonly string[] }

function fromTemporaryFile(content: Buffer, wanted: Wanted): Script {
  const words = sh`${interpreter(content)} "$script" ${wanted.args}`
  // A program of the machine has no text; its bytes travel as base64.
  const write = content.includes(0)
    ? sh`printf %s ${content.toString('base64')} | base64 -d >"$script" && chmod 700 "$script"`
    : sh`printf %s ${content.toString()} >"$script"`
  return sh`(script=$(umask 077 && mktemp) && trap 'rm -f -- "$script"' EXIT && trap 'exit 143' TERM && ${write} || exit
${runWords(words, wanted)}
)`
}

// The interpreter is called by name, so that the script also runs where /tmp is mounted noexec.
function interpreter(content: Buffer): readonly string[] {
  if (content.includes(0)) return []
  const [, line] = /^#! *(.*)/.exec(content.toString()) ?? []
  if (line === undefined) return ['sh']
  // Linux passes what follows the interpreter as one argument (execve(2)).
  const [, program = 'sh', argument] = /^(\S+)\s*(.*?)\s*$/.exec(line) ?? []
  return argument ? [program, argument] : [program]
}
