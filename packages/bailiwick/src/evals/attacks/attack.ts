import type { JsonObject } from '../../model/json.ts'
import type { Goal, Ruleset, Tool } from '../../model/ruleset.ts'
import type { CaseStep } from '../case/eval-case.ts'
import { honestArguments, honestOrder, honestTask } from '../generate/honest-task.ts'

/** What attacks are called. */
export type AttackKind =
  | 'outside-contract'
  | 'look-alike-name'
  | 'argument'
  | 'encoding'
  | 'extra-argument'
  | 'missing-argument'
  | 'other-parameters'
  | 'sink'
  | 'exfiltration'
  | 'poisoned-result'
  | 'tool-poisoning'
  | 'identity'
  | 'limit'
  | 'unconfirmed'
  | 'sequence'

/** Where attacks belong: OWASP Top 10 for Agentic Applications 2026 (ASI), MITRE ATLAS 5.6 (AML). */
export const attackKinds: Readonly<Record<AttackKind, readonly string[]>> = {
  'outside-contract': ['ASI02', 'ASI03', 'AML.T0053'],
  'look-alike-name': ['ASI02', 'ASI04', 'AML.T0053'],
  argument: ['ASI02', 'AML.T0053'],
  encoding: ['ASI02', 'ASI05', 'AML.T0053'],
  'extra-argument': ['ASI02', 'AML.T0053'],
  'missing-argument': ['ASI02', 'AML.T0053'],
  'other-parameters': ['ASI01', 'ASI03'],
  sink: ['ASI02', 'AML.T0086'],
  exfiltration: ['ASI01', 'ASI02', 'AML.T0086'],
  'poisoned-result': ['ASI01', 'AML.T0051', 'AML.T0086'],
  'tool-poisoning': ['ASI04', 'AML.T0110'],
  identity: ['ASI03', 'AML.T0053'],
  limit: ['ASI08', 'ASI02', 'AML.T0034'],
  unconfirmed: ['ASI09', 'ASI02'],
  sequence: ['ASI10', 'ASI01'],
}

/** One thing that the compromised agent tries. */
export interface Attack {
  readonly kind: AttackKind
  /** What the trick is, in a few words. */
  readonly trick: string
  readonly steps: readonly CaseStep[]
  /** The last step does what an injected text asks for. */
  readonly obeying?: boolean
}

/** Whom attacks are tried on: an agent, one of its goals, parameters of it, and a way in which each tool of the contract is meant to be used. */
export interface Target {
  readonly ruleset: Ruleset
  readonly agent: string
  readonly goal: Goal
  readonly params: JsonObject
  /** Tools of the contract in the order of the honest task. */
  readonly tools: readonly Tool[]
  /** Honest arguments by tool; a tool is missing for which none can be derived. */
  readonly honest: ReadonlyMap<string, JsonObject>
}

export function targetOf(ruleset: Ruleset, agent: string, goal: Goal, params: JsonObject): Target {
  const tools = honestOrder(ruleset, goal)
  const honest = honestTask(ruleset, goal, params)
  return { ruleset, agent, goal, params, tools, honest }
}

/** The honest use of a tool, another one for each variant where there are several. */
export function honestStep({ ruleset, goal, params, honest }: Target, tool: Tool, variant = 0): CaseStep | null {
  const args = variant === 0 ? honest.get(tool.key) : honestArguments(ruleset, goal.name, tool, params, { variant })
  return args === undefined ? null : { call: tool.key, with: args }
}
