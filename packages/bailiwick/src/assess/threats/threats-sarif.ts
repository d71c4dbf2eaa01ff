import { sarifText, sarifUri } from '../../model/sarif-text.ts'
import type { Threat, ThreatModel } from './threat-model.ts'
import { asiTitles, threatKindNames, threatKinds } from './threat-kinds.ts'
import type { Severity } from './threat-kinds.ts'

const levels: Readonly<Record<Severity, 'note' | 'warning' | 'error'>> = {
  low: 'note',
  medium: 'warning',
  high: 'error',
  critical: 'error',
}
/** As code scanners read them: CVSS-like, 0 to 10. */
const scores: Readonly<Record<Severity, string>> = { low: '3.0', medium: '5.5', high: '8.0', critical: '9.5' }

/** The attacks that are not cut, in SARIF 2.1.0; each points at the line of the contract that allows its last step. */
export function threatsSarif({ threats }: ThreatModel): Record<string, unknown> {
  const kinds = threatKindNames.map((id) => [id, threatKinds[id]] as const)
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'bailiwick threats',
            rules: kinds.map(([id, kind]) => ({
              id,
              shortDescription: { text: kind.title },
              defaultConfiguration: { level: levels[kind.severity] },
              properties: {
                'security-severity': scores[kind.severity],
                tags: [
                  ...kind.asi.map((code) => `${code} ${asiTitles[code] ?? ''}`.trim()),
                  ...kind.atlas,
                  ...kind.stride,
                  ...kind.maestro.map((layer) => `MAESTRO layer ${layer}`),
                ],
              },
            })),
          },
        },
        results: threats
          .filter(({ verdict }) => verdict !== 'cut')
          .map((threat) => ({
            ruleId: threat.kind,
            ruleIndex: threatKindNames.indexOf(threat.kind),
            level: threat.verdict === 'ask' ? 'note' : levels[threat.severity],
            message: { text: sarifText(messageOf(threat).replaceAll('\n', ' ')) },
            locations: [locationOf(threat.place)],
            ...(threat.cut?.place === null || threat.cut === null ? {} : { relatedLocations: [locationOf(threat.cut.place)] }),
            partialFingerprints: { 'bailiwickThreat/v1': threat.id },
            properties: { verdict: threat.verdict, severity: threat.severity, agent: threat.agent },
          })),
      },
    ],
  }
}

function messageOf({ agent, title, steps, verdict, remedy }: Threat): string {
  const way = steps.map(({ tool, purpose }) => `${tool} ${purpose}`)
  const shown = way.length > 5 ? [...way.slice(0, 3), `… ${way.length - 4} more`, way.at(-1)] : way
  const answer = {
    open: 'every step goes through',
    ask: 'a person has to agree',
    untried: 'no call that the contract takes could be made, so that nothing is known',
    cut: '',
  }
  const change = remedy === null ? '' : ` To stop it, in ${remedy.into}: ${remedy.text}`
  return `${agent}: ${title}. ${shown.join('; ')}: ${answer[verdict]}.${change}`
}

function locationOf({ file, line }: { readonly file: string; readonly line: number }): Record<string, unknown> {
  return {
    physicalLocation: {
      artifactLocation: { uri: sarifUri(file) },
      region: { startLine: line },
    },
  }
}
