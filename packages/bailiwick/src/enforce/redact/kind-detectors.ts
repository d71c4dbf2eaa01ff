import { personalKinds } from '../../model/redaction.ts'
import type { TextSearch } from '../../model/regular-expression.ts'
import { detectCard } from './detect-card.ts'
import { detectEmail } from './detect-email.ts'
import { detectIban } from './detect-iban.ts'
import { phoneDetector } from './detect-phone.ts'
import { detectSecret } from './detect-secret.ts'
import type { Detector } from './text-range.ts'

export interface KindDetectors {
  /** Every kind that something can be found to be. */
  readonly kinds: ReadonlySet<string>
  /**
   * The detectors of a kind: `pii` has several.
   * @throws Error for one that is neither known nor a pattern: nothing may pass unlooked at
   */
  of(kind: string): readonly { readonly kind: string; readonly detect: Detector }[]
}

/** The detectors for one call, with the manifest's own patterns by name. */
export function kindDetectors(patterns: ReadonlyMap<string, TextSearch>): KindDetectors {
  const known = new Map<string, Detector>([
    ['email', detectEmail],
    ['phone', phoneDetector()],
    ['iban', detectIban],
    ['card', detectCard],
    ['secret', detectSecret],
    ...[...patterns].map(([name, search]): [string, Detector] => [name, (text) => search.ranges(text)]),
  ])
  return {
    kinds: new Set(known.keys()),
    of: (kind) =>
      (kind === 'pii' ? personalKinds : [kind]).map((name) => {
        const detect = known.get(name)
        if (detect === undefined) throw new Error(`nothing detects \`${name}\``)
        return { kind: name, detect }
      }),
  }
}
