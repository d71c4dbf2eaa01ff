import { sarifText, sarifUri } from '../../model/sarif-text.ts'
import type { Place } from '../redteam/place-of-rule.ts'

/** One result for a SARIF log. */
export interface ReportedResult {
  readonly ruleId: string
  readonly level: 'error' | 'warning' | 'note'
  readonly message: string
  readonly place: Place
  /** Another place that has to do with it, such as the rule that gave an answer. */
  readonly related?: Place | null
  readonly tags: readonly string[]
}

/** What the rules of a log mean, by id. */
export type RuleTexts = Readonly<Record<string, string>>

/** A SARIF 2.1.0 log. */
export function sarifLog(results: readonly ReportedResult[], rules: RuleTexts, version: string): Record<string, unknown> {
  const ids = [...new Set(results.map(({ ruleId }) => ruleId))].sort()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'bailiwick',
            version,
            rules: ids.map((id) => ({ id, shortDescription: { text: sarifText(rules[id] ?? id) } })),
          },
        },
        results: results.map(({ ruleId, level, message, place, related, tags }) => ({
          ruleId,
          level,
          message: { text: sarifText(message) },
          locations: [location(place)],
          ...(related == null ? {} : { relatedLocations: [{ id: 1, ...location(related) }] }),
          properties: { tags: tags.map(sarifText) },
        })),
      },
    ],
  }
}

function location({ file, line, column }: Place): { readonly physicalLocation: Record<string, unknown> } {
  return { physicalLocation: { artifactLocation: { uri: sarifUri(file) }, region: { startLine: line, startColumn: column } } }
}
