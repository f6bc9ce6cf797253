import assert from 'node:assert/strict'
import { test } from 'node:test'
import { project } from './project.ts'

/** The beginning of a playbook: its first task stands in line 3. */
export const PLAY = '- hosts: all\n  tasks:\n'

/** A playbook with one mistake, and what it says, as printed. */
export type Mistake = readonly [what: string, playbook: string, ...printed: string[]]

/** Makes a test of each playbook. `task.yaml` includes itself, and there is a template `good.hbs`. */
export function testMistakes(mistakes: readonly Mistake[]): void {
  for (const [what, playbook, ...printed] of mistakes) {
    test(`${what} is shown with its place`, () => {
      const files = { 'site.yaml': playbook, 'task.yaml': '- include: task.yaml\n', 'templates/good.hbs': '' }
      assert.equal(project(files).errors(), printed.join('\n'))
    })
  }
}
