import type { FrameDeclaration } from '../../model/manifest.ts'
import type { Agent, Goal, PolicyRule, Ruleset, Tool } from '../../model/ruleset.ts'
import type { Effect, Sink } from '../../model/vocabulary.ts'
import { appliesAfterDenials, appliesAfterLabel, covers, isUnconditional } from './policy-reading.ts'

/** One tool that an agent can use, towards one goal. */
export interface Use {
  readonly tool: Tool
  readonly goal: Goal
  readonly effect: Effect
  /** Each call waits for a person. */
  readonly attended: boolean
  /** Labels whose data a policy takes out of every result, as far as it has a form. */
  readonly redacted: ReadonlySet<string>
  /** Sinks that neither the contract nor a constant bounds, by argument. */
  readonly free: ReadonlyMap<string, Sink>
  /** After the label `untrusted` a policy denies or asks. */
  readonly guarded: boolean
  /** After so many denials a policy denies or asks. */
  readonly broken: boolean
  readonly counted: boolean
  readonly graded: boolean
}

/** Everything that an agent can use under a ruleset. Of one that is only observed, the whole inventory, with nothing that bounds it. */
export interface Reach {
  readonly agent: Agent
  readonly goals: readonly Goal[]
  readonly uses: readonly Use[]
}

export function reachOf(ruleset: Ruleset, agent: Agent): Reach {
  const goals = agent.goals.flatMap((name) => ruleset.goals.get(name) ?? [])
  if (agent.mode === 'observe')
    return { agent, goals, uses: goals.flatMap((goal) => [...ruleset.tools.values()].map((tool) => unboundUse(tool, goal))) }
  const rules = [...ruleset.policyRules.values()].filter((rule) => rule.effect === 'forbid')
  const uses = goals.flatMap((goal) =>
    [...goal.contract.keys()].flatMap((key) => {
      const tool = ruleset.tools.get(key)
      return tool === undefined ? [] : (useOf(ruleset, agent, goal, tool, rules) ?? [])
    }),
  )
  return { agent, goals, uses }
}

/** True for a tool that changes something. */
export function isActing({ effect }: Use): boolean {
  return effect !== 'read'
}

/** True for a tool whose effects leave what the agent works in. */
export function isOutside({ effect }: Use): boolean {
  return effect === 'external' || effect === 'destructive'
}

function unboundUse(tool: Tool, goal: Goal): Use {
  const { effect, sinks } = tool.declaration
  const free = new Map(Object.entries(sinks))
  return {
    tool,
    goal,
    effect,
    attended: false,
    redacted: new Set(),
    free,
    guarded: false,
    broken: false,
    counted: goal.limits.rates.has(tool.key),
    graded: false,
  }
}

/** Null for a tool that a policy denies whatever the call is. */
function useOf(ruleset: Ruleset, agent: Agent, goal: Goal, tool: Tool, forbids: readonly PolicyRule[]): Use | null {
  const rules = forbids.filter((rule) => covers(rule, agent.name, tool))
  const always = rules.filter(isUnconditional)
  if (always.some(({ response }) => response === 'deny')) return null
  const stopping = rules.filter(({ response }) => response !== 'sanitize')
  const taken = always.flatMap(({ redactions }) => redactions).filter(({ of, path }) => of === 'output' && path.length === 0)
  const frames = ruleset.manifest.goals[goal.name]?.tools[tool.key] ?? {}
  const free = Object.entries(tool.declaration.sinks).filter(([argument]) => !bounds(frames[argument]))
  const facts = new Set(stopping.flatMap((rule) => rule.facts))
  return {
    tool,
    goal,
    effect: tool.declaration.effect,
    attended: goal.confirm.has(tool.key) || always.some(({ response }) => response === 'ask'),
    redacted: new Set(taken.flatMap(({ kind }) => (kind === null ? [...tool.declaration.labels] : [kind]))),
    free: new Map(free),
    guarded: stopping.some((rule) => appliesAfterLabel(rule, 'untrusted')),
    broken: stopping.some(appliesAfterDenials),
    counted:
      goal.limits.rates.has(tool.key) ||
      [...facts].some((name) => ruleset.facts.get(name)?.patterns.some((pattern) => pattern.tools.has(tool.key)) === true),
    graded: rules.some(({ severity }) => severity !== null),
  }
}

/** Whether a frame rules anything out, as far as can be told at a look. */
function bounds(frame: FrameDeclaration | undefined): boolean {
  if (frame === undefined) return false
  if (typeof frame !== 'object') return true
  const { in: allowed, pattern, range, prefix, domain, path, fields } = frame
  return (
    allowed !== undefined ||
    range !== undefined ||
    (pattern !== undefined && !/^\^?(?:\(\?s\))?\.[*+]\$?$/.test(pattern)) ||
    (prefix !== undefined && !['/', 'http', 'http:', 'https:', 'http://', 'https://'].includes(prefix)) ||
    (domain !== undefined && ![domain].flat().some((one) => ['*', '*.'].includes(one))) ||
    (path !== undefined && path !== '/') ||
    Object.values(fields ?? {}).some(bounds)
  )
}
