/**
 * One SPF record that allows what all of them allow: a domain with two fails every check (RFC 7208 section 4.5).
 * Terms of the present records come first and stay; what is wanted and missing is added; the verdict on everybody else,
 * `all`, is the wanted one. A `redirect` becomes an `include`, because `all` would hide it (section 6.1).
 * A wanted record that is nothing but `-all` takes the place of the others: nobody is to send.
 *
 * @param stale terms that are not kept.
 */
export function mergeSpf(wanted: string, present: readonly string[], stale: readonly string[] = []): string {
  const own = terms(wanted)
  if (own.join() === '-all') return wanted
  const verdict = own.findLast(isAll) ?? present.flatMap(terms).findLast(isAll)
  const kept = present
    .flatMap(terms)
    .filter((term) => !isAll(term) && !stale.some((old) => normalize(old) === normalize(term)))
    .map((term) => (verdict === undefined ? term : term.replace(/^redirect=/i, 'include:')))
  const all = [...kept, ...own.filter((term) => !isAll(term))]
  const unique = all.filter((term, index) => all.findIndex((other) => normalize(other) === normalize(term)) === index)
  return ['v=spf1', ...unique, ...(verdict === undefined ? [] : [verdict])].join(' ')
}

/** Whether two records say the same: letter case and spacing do not count, and `+` is what no qualifier means. */
export function sameSpf(a: string, b: string): boolean {
  const [left, right] = [a, b].map((record) => terms(record).map(normalize).join(' '))
  return left === right
}

function terms(record: string): string[] {
  return record.trim().split(/\s+/).slice(1)
}

function isAll(term: string): boolean {
  return /^[-+~?]?all$/i.test(term)
}

function normalize(term: string): string {
  return term.toLowerCase().replace(/^\+/, '')
}
