import { z } from 'zod'
import { type FileState, parseFile, placeFile, planFile, readFile } from '../core/file.ts'
import { change, notReady, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'

export const aptRepository = resource({
  name: 'aptRepository',
  summary: 'Add a source of packages.',
  examples: '',
  params: z.strictObject({}),
  read: () => ({ file: sh`` }),
  plan: () => [],
})
