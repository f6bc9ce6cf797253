import { z } from 'zod'
import { type FileState, parseFile, placeFile, planFile, readFile } from '../core/file.ts'
import { change, notReady, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'

export const authorizedKey = resource({
  name: 'authorizedKey',
  summary: 'Let a key log in as a user.',
  examples: '',
  params: z.strictObject({}),
  read: () => ({ file: sh`` }),
  plan: () => [],
})
