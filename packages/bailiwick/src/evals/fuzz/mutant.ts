import type { RulesetSources } from '../../model/compile-ruleset.ts'
import type { Place } from '../redteam/place-of-rule.ts'

/** The same rules with one small weakening or change, which tests should notice. */
export interface Mutant {
  /** What was changed, such as ``the limit `calls` is 21 instead of 20``. */
  readonly what: string
  /** Where that stands in the files as they are. */
  readonly place: Place
  /** The policy that was changed; null for a change of the manifest. */
  readonly policy: string | null
  readonly sources: RulesetSources
}
