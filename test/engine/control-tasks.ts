import { writeFileSync } from 'node:fs'
import { z } from 'zod'
import { type Controller, probe, type Report, type Work } from '../../src/core/control.ts'
import { HostError } from '../../src/core/error.ts'
import { type Finding, findingsOf } from '../../src/core/finding.ts'
import { type Resource, resource } from '../../src/core/resource.ts'
import { sh } from '../../src/core/shell.ts'
import type { Task } from '../../src/core/task.ts'
import { task } from './play.ts'

const kinds = {
  'ptr-missing': { importance: 'required', summary: 'The address has no name', remedy: 'Set it' },
  'caa-missing': { importance: 'recommended', summary: 'Every authority may issue', remedy: 'Add it' },
} as const
const { right, wrong } = findingsOf(kinds)
export const fault = wrong('ptr-missing', { subject: '198.51.100.11', text: 'has no name' })
export const advice = wrong('caa-missing', { subject: 'example.org', text: 'has no CAA record' })
export const fine = right('ptr-missing', { subject: '198.51.100.12', text: 'is smtp.example.org' })

export type Look = (controller: Controller, file: string) => Promise<Report>
type Fields = Omit<Parameters<typeof task>[1], 'params' | 'resource'>

/** Looks as its test tells it to. */
const looks = probe({
  name: 'looks',
  summary: '',
  examples: '',
  params: () => z.custom<{ look: Look; file: string | undefined }>(),
  findings: kinds,
  read: ({ file }) => ({ file: file === undefined ? sh`` : sh`cat ${file}` }),
  look: ({ look }, { file }, controller) => look(controller, file),
  judge: (_, __, seen) => seen,
}) as unknown as Resource

/** Works as its test tells it to. */
const works = resource({
  name: 'works',
  summary: '',
  examples: '',
  params: () => z.custom<{ work: () => Promise<Work> }>(),
  read: () => ({}),
  plan: () => [],
  control: ({ work }) => work(),
}) as unknown as Resource

/** A probe. @param file on the host, which it reads. */
export function look(name: string, seen: Look | readonly Finding[], fields: Fields & { file?: string } = {}): Task {
  const { file, ...rest } = fields
  const see = typeof seen === 'function' ? seen : async () => ({ findings: seen })
  return task(name, { resource: looks, params: { look: see, file }, ...rest })
}

export function work(name: string, does: () => Promise<Work>, fields: Fields = {}): Task {
  return task(name, { resource: works, params: { work: does }, ...fields })
}

/** Acts that write their names into a file; one named `fails` fails instead. */
export function actsInto(file: string, names: readonly string[]): NonNullable<Work['acts']> {
  return names.map((what) => ({
    what,
    from: 'absent',
    to: 'present',
    apply: async () => {
      if (what === 'fails') throw new HostError('it is full', { output: 'no space', hint: 'make some' })
      writeFileSync(file, `${what}\n`, { flag: 'a' })
      return { result: { last: what } }
    },
  }))
}
