import { dump } from 'js-yaml'
import type { Json } from './json.ts'

/** Data as YAML text in block style, without anchors; ends in a line break. */
export function yamlText(value: Json): string {
  return dump(value, { noRefs: true, lineWidth: -1 })
}
