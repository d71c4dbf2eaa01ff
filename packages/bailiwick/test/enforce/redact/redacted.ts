import { kindDetectors } from '../../../src/enforce/redact/kind-detectors.ts'
import { redactText } from '../../../src/enforce/redact/redact-text.ts'
import { ValueRedactor } from '../../../src/enforce/redact/redact-value.ts'
import { RedactionTally } from '../../../src/enforce/redact/redaction-tally.ts'
import type { Json } from '../../../src/model/json.ts'
import { parseRedaction } from '../../../src/model/redaction.ts'
import type { Redaction } from '../../../src/model/redaction.ts'
import { searchPattern } from '../../../src/model/regular-expression.ts'

/** The manifest's own patterns of these tests. */
export const ownPatterns = new Map([['employee-number', searchPattern('E\\d{6}')]])

export function redactedText(text: string, kind: string): string {
  return redactText(text, kind, kindDetectors(ownPatterns), () => {})
}

export function redaction(text: string): Redaction {
  const parsed = parseRedaction(text)
  if (parsed === null) throw new Error(`${text} is no redaction`)
  return parsed
}

export function redactedValue(value: Json, text: string, standIns = false): { readonly value: Json; readonly tally: RedactionTally } {
  const tally = new RedactionTally()
  const redactor = new ValueRedactor(redaction(text), { detectors: kindDetectors(ownPatterns), tally, standIns })
  return { value: redactor.redact(value), tally }
}
