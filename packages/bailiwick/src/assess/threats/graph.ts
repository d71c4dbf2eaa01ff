import type { Agent, Goal, Ruleset, Tool } from '../../model/ruleset.ts'
import type { RulesetSources } from '../../model/compile-ruleset.ts'
import { PlanScope } from './plan.ts'
import { placesIn } from './place.ts'
import type { Place } from './place.ts'
import { contracted, rolesOf, sensitiveLabels } from './roles.ts'
import type { Role } from './roles.ts'
import { trySequences } from './try-steps.ts'
import type { Verdict } from './try-steps.ts'

/** A tool, or the people who are asked, as an attack sees them. */
export interface ThreatNode {
  readonly id: string
  readonly kind: 'tool' | 'people'
  readonly roles: readonly Role[]
  readonly labels: readonly string[]
  readonly goals: readonly string[]
  readonly place: Place | null
}

/** Content that can flow from the result of one tool into the arguments of another, or wait for a person. */
export interface ThreatEdge {
  readonly from: string
  readonly to: string
  /** `later`: through what one session keeps and another reads. */
  readonly within: 'session' | 'later' | 'oversight'
  readonly goal: string
  /** What becomes of the second call after the first. */
  readonly verdict: Verdict
}

export interface ThreatGraph {
  readonly agent: string
  readonly nodes: readonly ThreatNode[]
  readonly edges: readonly ThreatEdge[]
}

const people = 'people'

/** Who can bring content in, what is sensitive, what acts, keeps, destroys or executes, and what flows between them under the present rules. */
export function threatGraph(ruleset: Ruleset, sources: RulesetSources, agent: Agent, compromised: boolean): ThreatGraph {
  const scope = new PlanScope(ruleset, agent, compromised)
  const places = placesIn(sources)
  const nodes = new Map<string, { tool: Tool; goals: Goal[] }>()
  const edges: ThreatEdge[] = []
  for (const goal of scope.goals) {
    const tools = contracted(ruleset, goal)
    for (const tool of tools) {
      const known = nodes.get(tool.key)
      if (known === undefined) nodes.set(tool.key, { tool, goals: [goal] })
      else known.goals.push(goal)
    }
    for (const from of tools.filter(givesContent))
      for (const to of tools.filter(acts)) {
        const steps = [scope.step(goal, from, 'gives content', { honest: true }), scope.step(goal, to, 'takes it')]
        const verdict = trySequences(ruleset, agent, [steps])?.verdict ?? 'untried'
        edges.push({ from: from.key, to: to.key, within: 'session', goal: goal.name, verdict })
      }
    for (const keep of scope.tools(goal, 'keeps'))
      for (const later of scope.goals)
        for (const recall of scope.tools(later, 'recalls'))
          if (recall.toolbox === keep.toolbox) {
            const verdict = trySequences(ruleset, agent, [[scope.step(later, recall, 'reads it again')]])?.verdict ?? 'untried'
            edges.push({ from: keep.key, to: recall.key, within: 'later', goal: later.name, verdict })
          }
    for (const tool of goal.confirm) edges.push({ from: tool, to: people, within: 'oversight', goal: goal.name, verdict: 'ask' })
  }
  const shown = [...nodes.values()].map(({ tool, goals }) => ({
    id: tool.key,
    kind: 'tool' as const,
    roles: [...rolesOf(tool)],
    labels: tool.declaration.labels,
    goals: goals.map(({ name }) => name),
    place: places.contract((goals[0] as Goal).name, tool.key),
  }))
  const asked = edges.some(({ to }) => to === people)
  return {
    agent: agent.name,
    nodes: asked ? [...shown, { id: people, kind: 'people', roles: [], labels: [], goals: [], place: null }] : shown,
    edges,
  }
}

function givesContent(tool: Tool): boolean {
  return sensitiveLabels(tool).length > 0 || rolesOf(tool).has('source')
}

function acts(tool: Tool): boolean {
  const found = rolesOf(tool)
  return (['outside', 'address', 'keeps', 'destroys', 'commands'] as const).some((role) => found.has(role))
}
