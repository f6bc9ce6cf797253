/** How much it matters to mail: without what is required, receivers refuse or the service does not work. */
export type Importance = 'required' | 'recommended' | 'optional'

/** A kind of thing that a probe can find wrong. `docs/findings.md` is generated from these. */
export interface FindingKind {
  readonly importance: Importance
  /** What is wrong when it is found, as a sentence without a full stop. */
  readonly summary: string
  /** What mends it, in general; a finding says it exactly. */
  readonly remedy: string
}

/** What a probe says about one thing. */
export interface Finding {
  /** The kind: `ptr-missing`. Published in `--output json`. */
  readonly id: string
  /** `unknown`: the question could not be answered, which is no fault of the thing asked about. */
  readonly verdict: 'right' | 'wrong' | 'unknown'
  readonly importance: Importance
  /** What it is about: `smtp.example.org AAAA`. */
  readonly subject: string
  /** What is right, wrong, or why nobody knows. */
  readonly text: string
  /** What was seen, where that is more than the text says. */
  readonly seen?: string
  /** The exact record or command that mends it. */
  readonly remedy?: string
}

/** What a finding says beyond its kind. */
export interface FindingDetails {
  readonly subject: string
  readonly text: string
  readonly seen?: string | undefined
  readonly remedy?: string | undefined
  /** Where the kind's own importance does not hold: an MX is required only where mail is received. */
  readonly importance?: Importance | undefined
}

/** Makes findings of the declared kinds. */
export interface FindingMaker<K extends string> {
  right(id: K, details: FindingDetails): Finding
  wrong(id: K, details: FindingDetails): Finding
  unknown(id: K, details: FindingDetails): Finding
}

export function findingsOf<K extends string>(kinds: { readonly [id in K]: FindingKind }): FindingMaker<K> {
  const make =
    (verdict: Finding['verdict']) =>
    (id: K, { subject, text, seen, remedy, importance }: FindingDetails): Finding => ({
      id,
      verdict,
      importance: importance ?? kinds[id].importance,
      subject,
      text,
      ...(seen === undefined ? {} : { seen }),
      ...(remedy === undefined ? {} : { remedy }),
    })
  return { right: make('right'), wrong: make('wrong'), unknown: make('unknown') }
}

/** Whether a finding makes its task fail. */
export function isFault({ verdict, importance }: Finding): boolean {
  return verdict === 'wrong' && importance === 'required'
}

/** Why a task with these findings failed, in one line; nothing where none of them is a fault. */
export function faultText(findings: readonly Finding[]): string | undefined {
  const [fault, ...more] = findings.filter(isFault)
  if (fault === undefined || more.length === 0) return fault && `${fault.subject}: ${fault.text}`
  return `${more.length + 1} required things are wrong`
}
