import { canonicalJson, sha256Hex } from '../../model/json.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Agent, Goal, Ruleset, Tool } from '../../model/ruleset.ts'
import { goalsOf } from './rehearsal.ts'
import { toolsWith } from './roles.ts'
import type { Role } from './roles.ts'
import { sampleCalls } from './sample-calls.ts'
import type { SampledCalls } from './sample-calls.ts'
import type { ThreatKindName } from './threat-kinds.ts'
import type { Step } from './try-steps.ts'

/** An attack that is to be tried: one for each kind and the tools that it cannot do without. */
export interface Plan {
  readonly id: string
  readonly kind: ThreatKindName
  readonly tools: readonly string[]
  /** Every way of going about it; made as they are asked for. */
  readonly sequences: () => Iterable<readonly Step[]>
}

/** What plans are made from. */
export class PlanScope {
  readonly ruleset: Ruleset
  readonly agent: Agent
  readonly goals: readonly Goal[]
  /** The agent does what an attacker wants from the first call on; otherwise it has to read what a stranger wrote before. */
  readonly compromised: boolean
  readonly #sampled = new Map<string, SampledCalls>()

  constructor(ruleset: Ruleset, agent: Agent, compromised: boolean) {
    this.ruleset = ruleset
    this.agent = agent
    this.goals = goalsOf(ruleset, agent)
    this.compromised = compromised
  }

  tools(goal: Goal, role: Role): readonly Tool[] {
    return toolsWith(this.ruleset, goal, role)
  }

  /** The ways in which a session can come under an attacker's influence, each as its first steps. */
  openings(goal: Goal, session = 0): readonly (readonly Step[])[] {
    if (this.compromised) return [[]]
    return this.tools(goal, 'source').map((tool) => [this.step(goal, tool, 'reads what a stranger wrote', { session, honest: true })])
  }

  step(goal: Goal, tool: Tool, purpose: string, { session = 0, honest = false }: { session?: number; honest?: boolean } = {}): Step {
    const { calls, fits } = this.calls(goal, tool, !honest || this.compromised)
    return { session, goal: goal.name, tool: tool.key, calls, fits, purpose }
  }

  calls(goal: Goal, tool: Tool, hostile: boolean): SampledCalls {
    const key = `${goal.name} ${tool.key} ${String(hostile)}`
    const known = this.#sampled.get(key)
    if (known !== undefined) return known
    const sampled = sampleCalls(this.ruleset, goal, tool, hostile)
    this.#sampled.set(key, sampled)
    return sampled
  }
}

/** A step with other calls. */
export function withCalls(step: Step, calls: readonly JsonObject[]): Step {
  return { ...step, calls }
}

/** Collects plans; the ways of going about one attack, in several goals, become one plan. */
export class Plans {
  readonly #agent: string
  readonly #plans = new Map<string, { kind: ThreatKindName; tools: readonly string[]; ways: (() => Iterable<readonly Step[]>)[] }>()

  constructor(agent: Agent) {
    this.#agent = agent.name
  }

  add(kind: ThreatKindName, tools: readonly (Tool | string)[], way: () => Iterable<readonly Step[]>): void {
    const keys = tools.map((tool) => (typeof tool === 'string' ? tool : tool.key))
    const id = planId(this.#agent, kind, keys)
    const known = this.#plans.get(id)
    if (known === undefined) this.#plans.set(id, { kind, tools: keys, ways: [way] })
    else known.ways.push(way)
  }

  all(): ReadonlyMap<string, Plan> {
    return new Map(
      [...this.#plans].map(([id, { kind, tools, ways }]) => [
        id,
        {
          id,
          kind,
          tools,
          *sequences() {
            for (const way of ways) yield* way()
          },
        },
      ]),
    )
  }
}

/** Names an attack for good: the same agent, kind and tools have the same id in every version of the rules. */
function planId(agent: string, kind: ThreatKindName, tools: readonly string[]): string {
  return sha256Hex(`bailiwick threat v1\n${canonicalJson([agent, kind, tools])}`).slice(0, 12)
}
