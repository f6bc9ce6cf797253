import * as z from 'zod'
import { type FileState, parseFile, planFile, readFile } from '../core/file.ts'
import { impossible, isChanges, type Plan, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'

const DIRECTORY = '/etc/systemd/journald.conf.d'
const FILE = `${DIRECTORY}/60-provision.conf`

export const journal = resource({
  name: 'journal',
  summary: 'Limit how much of the disk the log of systemd takes.',
  description: `
Writes ${FILE} and restarts systemd-journald; no program loses its connection to the log. What is above the limit goes when the log is next rotated.
A later file that says something else is an error: it would win (journald.conf(5)).`,
  examples: `
- journal: { max_use: 200M }
`,
  params: () =>
    z.strictObject({
      max_use: z
        .string()
        .regex(/^\d+[KMGT]?$/, 'must be such as 200M or 1G')
        .describe('`SystemMaxUse`: bytes, or with K, M, G or T behind it.'),
    }),

  read: () => ({
    file: readFile(FILE),
    effective: sh`systemd-analyze cat-config systemd/journald.conf | grep -E '^(# /|SystemMaxUse *=)'`,
  }),

  plan({ max_use }, now): Plan {
    const content = `# Written by provision; changes are overwritten.\n[Journal]\nSystemMaxUse=${max_use}\n`
    const file = parseFile(now.file)
    const found: FileState = file.kind === 'no directory' ? { kind: 'absent' } : file
    const plan = planFile({ path: FILE, content, mode: '0644' }, found)
    if (!isChanges(plan)) return plan
    const later = findLater(now.effective, max_use)
    if (later) return impossible(`${later} says something else, and is read later`, 'remove SystemMaxUse there')
    return plan.map((one) => ({
      ...one,
      apply: sh`mkdir -p ${DIRECTORY} && ${one.apply} && systemctl restart systemd-journald.service`,
    }))
  },
})

/** The file that has the last word, where that is neither ours nor the same. */
function findLater(answer: string, wanted: string): string | undefined {
  let file = ''
  let last: { readonly file: string; readonly value: string } | undefined
  for (const line of answer.split('\n')) {
    if (line.startsWith('# /')) file = line.slice(2)
    else if (line.startsWith('SystemMaxUse')) last = { file, value: line.replace(/^.*?= */, '').trim() }
  }
  // Read after ours only where its own name sorts behind it, whatever its directory.
  const name = (path: string) => path.slice(path.lastIndexOf('/') + 1)
  return last && last.value !== wanted && name(last.file) > name(FILE) && last.file.includes('.conf.d/')
    ? last.file
    : undefined
}
