import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder with files in it, gone after the tests. */
export class Folder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'provision-commands-')))
  /** Variables of the environment besides PATH and HOME. */
  environment: { readonly [name: string]: string } = {}

  constructor(files: { readonly [name: string]: string }) {
    folders.push(this.path)
    for (const [name, text] of Object.entries(files)) this.write(name, text)
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.path, name)), { recursive: true })
    writeFileSync(join(this.path, name), text)
  }

  /** Runs `provision` in it, without a terminal. In what is printed the folder is `DIR` and every time `TIME`. */
  provision(...args: readonly string[]): Ended {
    const { PATH } = process.env
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), cli, ...args],
      // Neither the list of failed hosts nor the keys and known hosts may be those of whoever runs the tests.
      { cwd: this.path, env: { PATH, HOME: this.path, ...this.environment }, encoding: 'utf8', input: '' },
    )
    const steady = (text: string): string =>
      text.replaceAll(this.path, 'DIR').replaceAll(/ +\d+(\.\d+)? (ms|s)$/gm, '  TIME')
    return { code: status, stdout: steady(stdout), stderr: steady(stderr) }
  }
}
