import { Sanitiser } from '../../enforce/redact/sanitiser.ts'
import { isJsonObject } from '../../model/json.ts'
import type { Json } from '../../model/json.ts'
import { parseRedaction } from '../../model/redaction.ts'
import type { Ruleset } from '../../model/ruleset.ts'

/**
 * Whether a redaction, as `@redact` writes it, takes a text out that stands where it leads, by the sanitiser that is behind the gateway.
 * @throws Error for what is no redaction, or one of a kind that there is not
 */
export function takesOut(redactionText: string, text: string, patterns: Ruleset['patterns']): boolean {
  const redaction = parseRedaction(redactionText)
  if (redaction === null) throw new Error(`\`${redactionText}\` is no redaction`)
  const sanitiser = new Sanitiser([redaction], patterns, null)
  const led = redaction.path.reduceRight<Json>((inner, name) => (name === '*' ? [inner] : { [name]: inner }), text)
  const given = isJsonObject(led) ? led : { value: led }
  const rest = redaction.of === 'input' ? sanitiser.arguments(given) : sanitiser.result({ structuredContent: given })
  return !JSON.stringify(rest).includes(JSON.stringify(text).slice(1, -1))
}
