import pc from 'picocolors'
import type { Threat, ThreatModel } from '../../assess/threats/threat-model.ts'
import type { ThreatChange, ThreatChanges } from '../../assess/threats/compare.ts'
import type { Severity } from '../../assess/threats/threat-kinds.ts'
import type { Verdict } from '../../assess/threats/try-steps.ts'
import { responseText, safe, table } from '../output.ts'

const verdictColours: Readonly<Record<Verdict, (text: string) => string>> = {
  open: pc.red,
  untried: pc.magenta,
  ask: pc.yellow,
  cut: pc.green,
}
const severityColours: Readonly<Record<Severity, (text: string) => string>> = {
  critical: pc.red,
  high: pc.red,
  medium: pc.yellow,
  low: pc.dim,
}
const longestArguments = 100
const shownSteps = 5

/** Every attack as a line, then those that go through step by step with what would stop them. */
export function modelText({ notes }: ThreatModel, threats: readonly Threat[]): string {
  const open = threats.filter(({ verdict }) => verdict === 'open' || verdict === 'untried')
  return [
    table(['verdict', 'severity', 'attack', 'agent', 'tools', 'id', 'because'], threats.map(row)),
    ...open.map((threat) => `\n${threatText(threat)}`),
    '',
    countsText(threats),
    ...notes.map((note) => pc.dim(safe(note))),
  ].join('\n')
}

/** What became of attacks since an earlier version of the rules. */
export function changesText({ opened, closed, unchanged }: ThreatChanges): string {
  const lines = (title: string, changes: readonly ThreatChange[]): string[] =>
    changes.length === 0
      ? []
      : [
          pc.bold(title),
          ...changes.map(
            ({ threat, was, now }) =>
              `  ${change(was)} → ${change(now)}  ${severityColours[threat.severity](threat.severity)} ${threat.kind}  ${safe(threat.agent)}: ${safe(threat.tools.join(' → '))}  ${pc.dim(threat.id)}`,
          ),
        ]
  const news = opened.flatMap(({ threat, now }) => (now === 'open' || now === 'untried' ? [`\n${threatText(threat)}`] : []))
  return [
    ...lines('opened', opened),
    ...lines('closed', closed),
    ...news,
    `${opened.length} opened, ${closed.length} closed, ${unchanged.length} unchanged`,
  ].join('\n')
}

function change(verdict: Verdict | null): string {
  return verdict === null ? pc.dim('none') : verdictColours[verdict](verdict)
}

function row({ verdict, severity, kind, agent, tools, id, cut, asi }: Threat): readonly string[] {
  const because =
    cut === null ? '' : `step ${cut.step}: ${safe(cut.rule)}${cut.place === null ? '' : ` ${safe(cut.place.file)}:${cut.place.line}`}`
  return [
    verdictColours[verdict](verdict),
    severityColours[severity](severity),
    `${kind} ${pc.dim(asi.join(' '))}`,
    safe(agent),
    safe(tools.join(' → ')),
    pc.dim(id),
    because,
  ]
}

function threatText({ id, kind, severity, verdict, title, agent, steps, remedy, place, cut }: Threat): string {
  const numbered = steps.map(
    (step, index) =>
      `  ${index + 1}. ${step.session > 0 ? 'later session, ' : ''}${safe(step.tool)} ${step.purpose}: ${responseText(step.response)}\n     ${pc.dim(shortened(safe(JSON.stringify(step.arguments))))}${step.labels.length === 0 ? '' : pc.dim(`  the session has met ${safe(step.labels.join(', '))}`)}`,
  )
  const left = numbered.length - shownSteps
  const shown = left > 1 ? [...numbered.slice(0, shownSteps - 1), pc.dim(`  … ${left} more like it`), numbered.at(-1)] : numbered
  const end =
    verdict === 'untried'
      ? `  ${pc.magenta('not known')}: no call was found that the contract takes (${safe(cut?.reason ?? '')})`
      : remedy === null
        ? '  no single change is known that stops it'
        : `  ${remedy.verdict === 'cut' ? 'stopped' : 'put before a person'} by this in ${remedy.into}:\n${indented(safe(remedy.text))}`
  return [
    `${severityColours[severity](severity)} ${pc.bold(kind)} ${pc.dim(id)} ${safe(place.file)}:${place.line}`,
    `  ${safe(agent)}: ${title}`,
    ...shown,
    end,
  ].join('\n')
}

function countsText(threats: readonly Threat[]): string {
  const count = (wanted: Verdict): number => threats.filter(({ verdict }) => verdict === wanted).length
  const unknown = count('untried')
  return `${threats.length} attacks: ${count('open')} open, ${count('ask')} need a person, ${count('cut')} cut${unknown === 0 ? '' : `, ${unknown} not known`}`
}

function shortened(text: string): string {
  return text.length <= longestArguments ? text : `${text.slice(0, longestArguments - 1)}…`
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '      ')
}
