import { withRisk } from '../risk/assess-agent.ts'
import { compileRuleset } from '../../model/compile-ruleset.ts'
import type { RulesetSources } from '../../model/compile-ruleset.ts'
import type { Diagnostic } from '../../model/diagnostic.ts'
import type { Agent, Ruleset } from '../../model/ruleset.ts'
import { withCapability } from './assume.ts'
import type { Capability } from './assume.ts'
import { plansFor, tryPlan } from './attack-path.ts'
import type { AttackPath } from './attack-path.ts'
import { threatGraph } from './graph.ts'
import type { ThreatGraph } from './graph.ts'
import { Remedies } from './remedy.ts'
import type { Remedy } from './remedy.ts'
import { contracted } from './roles.ts'
import { goalsOf } from './rehearsal.ts'
import { notComputed, severities, threatKinds } from './threat-kinds.ts'
import type { Mappings } from './threat-kinds.ts'
import { verdicts } from './try-steps.ts'

/** An attack, tried, with what would stop it and where it stands in the lists. */
export interface Threat extends AttackPath, Mappings {
  /** Null when it is not open, or when nothing that is known of stops it. */
  readonly remedy: Remedy | null
}

export interface ThreatModel {
  readonly digest: string
  /** The worst first. */
  readonly threats: readonly Threat[]
  readonly graphs: readonly ThreatGraph[]
  /** What the model does not tell. */
  readonly notes: readonly string[]
}

export interface ThreatOptions {
  /** Agents to look at; all when empty. */
  readonly agents: readonly string[]
  readonly assume: Capability | null
  /** Whether to look for what would stop open attacks, which compiles the rules anew for each change. */
  readonly remedies: boolean
}

export type ThreatResult =
  | { readonly model: ThreatModel; readonly diagnostics: readonly Diagnostic[] }
  | { readonly model: null; readonly diagnostics: readonly Diagnostic[] }

/** Computes the threat model of a ruleset from its sources: the same sources give the same model. Null when they do not compile. */
export function threatModel(sources: RulesetSources, { agents: wanted, assume, remedies }: ThreatOptions): ThreatResult {
  const names = wanted.length === 0 ? Object.keys(sources.manifest.agents) : wanted
  const supposed = assume === null ? sources : withCapability(sources, assume, names)
  const { ruleset: compiled, diagnostics } = compileRuleset(supposed)
  if (compiled === null) return { model: null, diagnostics }
  const ruleset = withRisk(compiled)
  const compromised = assume === 'compromised'
  const looking = remedies ? new Remedies(supposed, compromised) : null
  const agents = names.flatMap((name) => ruleset.agents.get(name) ?? [])
  const threats = agents.flatMap((agent) => threatsTo(ruleset, supposed, agent, compromised, looking))
  return {
    model: {
      digest: ruleset.digest,
      threats: threats.sort(worstFirst),
      graphs: agents.map((agent) => threatGraph(ruleset, supposed, agent, compromised)),
      notes: [...unlabelled(ruleset, agents), ...partly(threats), ...notComputed],
    },
    diagnostics,
  }
}

function threatsTo(ruleset: Ruleset, sources: RulesetSources, agent: Agent, compromised: boolean, looking: Remedies | null): Threat[] {
  return [...plansFor(ruleset, agent, compromised).values()].flatMap((plan) => {
    const path = tryPlan(ruleset, sources, agent, plan)
    if (path === null) return []
    const { asi, atlas, stride, maestro } = threatKinds[path.kind]
    return [{ ...path, asi, atlas, stride, maestro, remedy: path.verdict === 'open' ? (looking?.for(path, agent) ?? null) : null }]
  })
}

function worstFirst(a: Threat, b: Threat): number {
  return (
    verdicts.indexOf(b.verdict) - verdicts.indexOf(a.verdict) ||
    severities.indexOf(b.severity) - severities.indexOf(a.severity) ||
    (a.id < b.id ? -1 : 1)
  )
}

/** What is not open after as many tries as there are may be open in a way that was not tried. */
function partly(threats: readonly Threat[]): string[] {
  const found = threats.filter(({ whole }) => !whole)
  return found.length === 0
    ? []
    : [
        `not every way was tried of ${found.length} attacks, which have too many: ${found
          .slice(0, 10)
          .map(({ id }) => id)
          .join(', ')}`,
      ]
}

/** Nothing can be said of where the results of a tool without labels come from, or what is in them. */
function unlabelled(ruleset: Ruleset, agents: readonly Agent[]): string[] {
  const tools = agents.flatMap((agent) => goalsOf(ruleset, agent).flatMap((goal) => contracted(ruleset, goal)))
  const found = [
    ...new Set(tools.filter(({ declaration }) => declaration.effect === 'read' && declaration.labels.length === 0).map(({ key }) => key)),
  ]
  if (found.length === 0) return []
  return [`results without labels are taken for harmless: ${found.map((key) => `\`${key}\``).join(', ')}`]
}
