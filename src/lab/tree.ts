/**
 * Folders that may have file systems mounted in them.
 */
import { readFile } from 'node:fs/promises'
import { demand } from './execute.ts'

/** Every mount point of this machine, as the kernel tells it. */
export async function mounts(): Promise<{ point: string; options: string }[]> {
  const text = await readFile('/proc/self/mounts', 'utf8')
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [, point = '', , options = ''] = line.split(' ')
      return {
        point: point.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
        options,
      }
    })
}

/** Unmounts everything at and below a folder, the deepest first. */
export async function unmountBelow(directory: string): Promise<void> {
  const below = (await mounts()).filter(({ point }) => point === directory || point.startsWith(`${directory}/`))
  for (const { point } of below.reverse()) await demand(['umount', '--lazy', point])
}

/** Deletes a folder and never anything that is only mounted in it: a build that was cut may have left /dev there. */
export async function removeTree(directory: string): Promise<void> {
  await unmountBelow(directory)
  await demand(['rm', '-rf', '--one-file-system', '--', directory])
}
