/** More names than any inventory has: a mistyped range must not fill the memory. */
const MOST = 100_000

const RANGE = /\[([0-9]+|[a-zA-Z]):([0-9]+|[a-zA-Z])(?::([0-9]+))?\]/

/**
 * The host names that a name with ranges stands for: `mx[01:03]` is mx01, mx02, mx03; `[a:c]` and a third part, the
 * step, work too.
 *
 * @throws {RangeError} when a range is malformed, empty, or stands for too many names.
 */
export function expandRanges(name: string): readonly string[] {
  const match = RANGE.exec(name)
  if (match === null) {
    if (/[[\]]/.test(name)) throw new RangeError(`"${name}" is no range: write mx[01:03], mx[a:c] or mx[1:9:2]`)
    return [name]
  }
  const [whole, first = '', last = '', step = '1'] = match
  const before = name.slice(0, match.index)
  const rest = expandRanges(name.slice(match.index + whole.length))
  const values = span(first, last, Number(step), whole)
  if (values.length * rest.length > MOST) throw new RangeError(`"${name}" stands for more than ${MOST} hosts`)
  return values.flatMap((value) => rest.map((end) => before + value + end))
}

function span(first: string, last: string, step: number, range: string): readonly string[] {
  const numeric = /^[0-9]/.test(first)
  if (numeric !== /^[0-9]/.test(last)) throw new RangeError(`${range} mixes a number and a letter`)
  const [from, to] = numeric ? [Number(first), Number(last)] : [first.charCodeAt(0), last.charCodeAt(0)]
  if (step < 1) throw new RangeError(`the step of ${range} must be at least 1`)
  if (from > to) throw new RangeError(`${range} is empty: the first end is after the last`)
  if ((to - from) / step > MOST) throw new RangeError(`${range} stands for more than ${MOST} hosts`)
  // Ansible's rule: a leading zero on the first end asks for numbers of that width.
  const width = numeric && first.startsWith('0') ? first.length : 0
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => {
    const value = from + index * step
    return numeric ? String(value).padStart(width, '0') : String.fromCharCode(value)
  })
}
