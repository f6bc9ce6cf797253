import { resolve } from 'node:path'
import * as z from 'zod'
import type { Act } from '../core/control.ts'
import { HostError } from '../core/error.ts'
import { resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'
import { readIfThere, writeAtomically } from '../local/files.ts'
import { mode } from './params.ts'

const params = () =>
  z.strictObject({
    path: z
      .string()
      .min(1)
      .refine((path) => !path.endsWith('/') && !path.includes('\0'), 'must name a file')
      .describe('The file; relative to where you are. Its folder is made where it is missing.'),
    content: z.string().describe('The whole text.'),
    mode: mode().default('0644'),
  })

type Wanted = z.output<ReturnType<typeof params>>

export const localFile = resource({
  name: 'local_file',
  summary: 'Keep a text file on the machine that runs provision.',
  description: 'It is written beside its place and renamed, so that nobody reads half of it.',
  examples: `
- local_file: { path: "zones/example.org.zone", content: "{{ looked.zone_file }}" }
`,
  params,
  read: () => ({ nothing: sh`` }),
  plan: () => [],
  control: async (wanted) => {
    const path = resolve(wanted.path)
    const now = await attempt(path, () => readIfThere(path))
    const before = now?.toString('utf8')
    return { result: { path }, ...(before === wanted.content ? {} : { acts: [place(path, wanted, before)] }) }
  },
})

function place(path: string, { content, mode }: Wanted, before: string | undefined): Act {
  return {
    what: path,
    from: before === undefined ? 'absent' : describe(before),
    to: describe(content),
    diff: { before: before ?? '', after: content },
    apply: async () => {
      await attempt(path, () => writeAtomically(path, content, Number.parseInt(mode, 8)))
      return {}
    },
  }
}

function describe(text: string): string {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  return lines === 1 ? '1 line' : `${lines} lines`
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new HostError(`${path}: ${error instanceof Error ? error.message : error}`)
  }
}
