import * as z from 'zod'
import { parseFile, readFile } from '../core/file.ts'
import { impossible, resource } from '../core/resource.ts'
import { editLines, planEdit, position, positionIn } from './edit.ts'
import { line, path, placing, text } from './params.ts'

const params = () =>
  z
    .strictObject({
      path: path().describe('The text file, of up to 64 KiB.'),
      block: text().describe('The lines between the markers.').optional(),
      marker: line()
        .refine((value) => value.includes('{mark}'), 'must contain {mark}')
        .describe(
          'The lines around the block; `{mark}` becomes BEGIN and END. A second block in one file needs another marker.',
        )
        .default('# {mark} managed by provision'),
      state: z.enum(['present', 'absent']).describe('`absent` removes the block and its markers.').default('present'),
      ...position,
      create: z.boolean().describe('Make the file where there is none.').default(false),
      ...placing,
    })
    .refine(({ state, block }) => state === 'absent' || block !== undefined, { path: ['block'], error: 'is missing' })
    .refine(({ block = '', marker }) => !block.split('\n').some((each) => markers(marker).includes(each)), {
      path: ['block'],
      error: 'must not contain its own markers',
    })
    .refine((wanted) => wanted.insert_after === undefined || wanted.insert_before === undefined, {
      path: ['insert_before'],
      error: 'cannot stand beside insert_after',
    })

type Wanted = Pick<z.output<ReturnType<typeof params>>, 'block' | 'marker' | 'state' | 'insert_after' | 'insert_before'>

export const block = resource({
  name: 'block',
  summary: 'Have a block of lines between two markers in a text file.',
  examples: `
- name: Names of the mail hosts
  block:
    path: /etc/hosts
    block: |
      198.51.100.11 smtp.example.org
      198.51.100.12 smtp2.example.org
- name: No limits of ours
  block: { path: /etc/security/limits.conf, state: absent }
`,
  params,
  read: ({ path }) => ({ state: readFile(path) }),
  plan(wanted, now) {
    const found = parseFile(now.state)
    if (wanted.state === 'absent' && (found.kind === 'absent' || found.kind === 'no directory')) return []
    if (found.kind === 'file' && hasLooseMarker(found.content ?? '', wanted.marker)) {
      return impossible(
        `${wanted.path} has one of the markers without the other`,
        'mend it by hand: what belongs to the block is not known',
      )
    }
    return planEdit(wanted, found, wanted.create, (text) => editBlock(text, wanted))
  },
})

/** The text with the block between its markers, or without both. Editing twice is the same as editing once. */
export function editBlock(text: string, wanted: Wanted): string {
  const { block = '', marker, state } = wanted
  const [begin, end] = markers(marker)
  const inner = block === '' ? [] : block.replace(/\n$/, '').split('\n')
  const wantedLines = state === 'absent' ? [] : [begin, ...inner, end]
  return editLines(text, (lines) => {
    const from = lines.indexOf(begin)
    const to = lines.indexOf(end)
    if (from !== -1) return lines.toSpliced(from, to - from + 1, ...wantedLines)
    return lines.toSpliced(positionIn(lines, wanted), 0, ...wantedLines)
  })
}

function hasLooseMarker(text: string, marker: string): boolean {
  const [begin, end] = markers(marker)
  const lines = text.split(/\r?\n/)
  const from = lines.indexOf(begin)
  const to = lines.indexOf(end)
  return (from === -1) !== (to === -1) || to < from
}

function markers(marker: string): [begin: string, end: string] {
  return [marker.replaceAll('{mark}', 'BEGIN'), marker.replaceAll('{mark}', 'END')]
}
