import type { Masker } from '../core/secret.ts'
import type { Loaded } from '../input/load.ts'
import { visible } from '../report/text.ts'
import { shortPath } from './package-root.ts'

/** `--list-hosts` */
export function listHosts(loaded: Loaded, masker: Masker): number {
  const plays = loaded.plays.map(({ name, hosts }) => {
    const lines = hosts.map(({ host }) => `  ${host.name}${host.host === host.name ? '' : `  ${host.host}`}`)
    return `${name}: ${count(hosts.length, 'host')}\n${lines.join('\n')}\n`
  })
  process.stdout.write(visible(masker.mask(plays.join('\n'))))
  return 0
}

/** `--list-tasks`: with loops unrolled, as far as they can be known before a run. */
export function listTasks(loaded: Loaded, masker: Masker): number {
  const plays = loaded.describe().map(({ name, hosts, tasks }) => {
    const rows = tasks.flatMap(({ name: written, place, resource, tags, items }) =>
      (items.length === 0 ? [written] : items).map((item) => ({ item, place, resource, tags })),
    )
    const widest = (of: (row: (typeof rows)[number]) => string): number =>
      Math.max(0, ...rows.map((row) => of(row).length))
    const source = (row: (typeof rows)[number]): string => `${shortPath(row.place.file)}:${row.place.line}`
    const [left, middle] = [widest(source), widest(({ resource }) => resource)]
    const lines = rows.map((row) => {
      const tags = row.tags.length === 0 ? '' : `  [${row.tags.join(', ')}]`
      return `  ${source(row).padEnd(left)}  ${row.resource.padEnd(middle)}  ${row.item}${tags}`
    })
    return `${name} · ${hosts.join(', ')}\n${lines.join('\n')}\n`
  })
  process.stdout.write(visible(masker.mask(plays.join('\n'))))
  return 0
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}
