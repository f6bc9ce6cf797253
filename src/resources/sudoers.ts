import { z } from 'zod'
import { type FileState, parseFile, placeFile, planFile, readFile } from '../core/file.ts'
import { change, notReady, resource } from '../core/resource.ts'
import { sh } from '../core/shell.ts'

export const sudoers = resource({
  name: 'sudoers',
  summary: 'Let users run commands as root, or as another user.',
  examples: '',
  params: z.strictObject({}),
  read: () => ({ file: sh`` }),
  plan: () => [],
})
