import type { Place } from '../redteam/place-of-rule.ts'

/** One result for a SARIF log. */
export interface ReportedResult {
  readonly ruleId: string
  readonly level: 'error' | 'warning' | 'note'
  readonly message: string
  readonly place: Place
  readonly tags: readonly string[]
}

/** What the rules of a log mean, by id. */
export type RuleTexts = Readonly<Record<string, string>>

/** A SARIF 2.1.0 log. Messages are plain text: what SARIF would read as a link is escaped, and signs that a viewer does not show are written out. */
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
            rules: ids.map((id) => ({ id, shortDescription: { text: plain(rules[id] ?? id) } })),
          },
        },
        results: results.map(({ ruleId, level, message, place, tags }) => ({
          ruleId,
          level,
          message: { text: plain(message) },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(place.file) },
                region: { startLine: place.line, startColumn: place.column },
              },
            },
          ],
          properties: { tags },
        })),
      },
    ],
  }
}

function plain(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) => `\\u{${(sign.codePointAt(0) as number).toString(16)}}`)
    .replaceAll(/[[\]]/g, (bracket) => `\\${bracket}`)
}

/** A relative reference: each segment encoded, so that a file's name cannot be read as a scheme, a query or another host. */
function uriOf(file: string): string {
  const path = file
    .replaceAll('\\', '/')
    .split('/')
    .map((segment) => encodeURIComponent(segment.toWellFormed()))
    .join('/')
  return path.startsWith('//') ? `/${path.replace(/^\/+/, '')}` : path
}
