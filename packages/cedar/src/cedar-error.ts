/** One finding of the parser or validator. `start` and `end` are offsets in UTF-16 units of the text that was given; null when the finding has no place. */
export interface CedarFinding {
  readonly message: string
  readonly help: string | null
  /** Id of the policy concerned, or null when the text did not parse far enough to tell. */
  readonly policy: string | null
  readonly start: number | null
  readonly end: number | null
}

/** Thrown by {@link compile} and {@link parsePolicies} when policies or schema cannot be used; `findings` is never empty. */
export class CedarError extends Error {
  override readonly name = 'CedarError'
  readonly findings: readonly CedarFinding[]

  constructor(findings: readonly CedarFinding[]) {
    super(findings.map((finding) => (finding.help === null ? finding.message : `${finding.message} (${finding.help})`)).join('\n'))
    this.findings = findings
  }
}
