import { dump } from 'js-yaml'
import type { Json } from '../core/json.ts'

/** A value as YAML in block style, without the last line break. Long lines stay whole. */
export function writeYaml(value: Json): string {
  return dump(value, { noRefs: true, lineWidth: -1 }).replace(/\n$/, '')
}
