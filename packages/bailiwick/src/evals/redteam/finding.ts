import type { Diagnostic } from '../../model/diagnostic.ts'
import type { Response, Tier } from '../../model/vocabulary.ts'
import type { AttackKind } from '../attacks/attack.ts'
import type { CaseSeverity, EvalCase } from '../case/eval-case.ts'
import type { OughtRule } from '../oracle/ought.ts'

/** Something that went through, or would have, and ought not to have; or that ought to have and did not. */
export interface Finding {
  readonly rule: OughtRule
  /** The kind of attack that showed it first; null for a case that was kept, or that no attack is behind. */
  readonly kind: AttackKind | null
  readonly severity: CaseSeverity
  /** What was tried. */
  readonly trick: string
  readonly message: string
  /** How to mend it. */
  readonly mend: string
  /** The smallest case found that shows it. */
  readonly case: EvalCase
  readonly answer: { readonly response: Response; readonly tier: Tier; readonly rule: string }
  /** Where to look. */
  readonly place: Pick<Diagnostic, 'file' | 'line' | 'column'>
  /** How many attempts came to the same. */
  readonly count: number
}
