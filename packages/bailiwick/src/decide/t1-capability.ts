import type { Verdict } from '../model/decision.ts'
import { framesProblem } from '../model/frame.ts'
import { ownFileIn } from '../model/path-frame.ts'
import type { Json } from '../model/json.ts'
import type { Goal, Tool } from '../model/ruleset.ts'
import { lookAlike } from '../model/text-hygiene.ts'
import type { DecisionInput } from './decision-input.ts'
import { delegatedProblem } from './delegation-chain.ts'
import { pass, refuse } from './verdict.ts'

/** What T1 found: its verdict, and the tool and goal where it got that far. */
export interface Capability {
  readonly verdict: Verdict
  readonly tool: Tool | null
  readonly goal: Goal | null
}

/** T1: may this ever be attempted? Inventory, pin, contract, the tool's JSON Schema, frames, and each part that was delegated on the way. */
export function capability(input: Pick<DecisionInput, 'call' | 'session' | 'ancestors' | 'ruleset'>): Capability {
  const { call, session, ruleset } = input
  const goal = ruleset.goals.get(session.goal) ?? null
  const tool = ruleset.tools.get(call.tool) ?? null
  return { tool, goal, verdict: verdictFor(input, tool, goal) ?? pass('T1') }
}

/** Rules of T1 that an observed agent is held to as well: what they refuse could not be carried out as it was reviewed. */
export const alwaysEnforced: ReadonlySet<string> = new Set(['T1.inventory', 'T1.pin', 'T1.form', 'T1.own-files', 'T1.part'])

function verdictFor(
  { call, session, ancestors, ruleset }: Pick<DecisionInput, 'call' | 'session' | 'ancestors' | 'ruleset'>,
  tool: Tool | null,
  goal: Goal | null,
): Verdict | null {
  if (tool === null) return refuse('T1', 'inventory', `there is no tool \`${call.tool}\`${nearest(call.tool, goal)}`)
  if (tool.pin !== null && call.livePin !== tool.pin)
    return refuse(
      'T1',
      'pin',
      call.livePin === null
        ? `\`${call.tool}\` is not offered by its server at present`
        : `the definition of \`${call.tool}\` is no longer the one that was reviewed; it is withheld until a person has looked at the change`,
    )
  const form = formProblem(call.arguments, 0)
  if (form !== null) return refuse('T1', 'form', form)
  if (goal === null) return refuse('T1', 'goal', `the goal \`${session.goal}\` is no longer declared`)
  const params = goal.checkParams(session.params)
  if (params !== null)
    return refuse(
      'T1',
      'parameters',
      `the session's parameters are not those that the goal \`${goal.name}\` takes now: ${params}; open a new session`,
    )
  const frames = goal.contract.get(call.tool)
  if (frames === undefined)
    return refuse(
      'T1',
      'contract',
      `\`${call.tool}\` is not among the tools of the goal \`${goal.name}\`; its tools are ${[...goal.contract.keys()].map((key) => `\`${key}\``).join(', ')}`,
    )
  const problem = tool.checkInput(call.arguments)
  if (problem !== null) return refuse('T1', 'schema', `the arguments do not fit the tool's schema: ${problem}`)
  const touched = ownFileIn(call.realPaths, ruleset.own)
  if (touched !== null) return refuse('T1', 'own-files', `\`${touched}\` belongs to what governs this agent; no tool may touch it`)
  const framed = framesProblem(frames, call.arguments, { params: session.params, realPaths: call.realPaths })
  if (framed !== null) return refuse('T1', 'frame', framed)
  const outside = delegatedProblem({ call, session, ancestors, ruleset })
  return outside === null ? null : refuse('T1', 'part', outside)
}

const deepest = 64

/** What makes arguments unfit to be judged at all: they would not mean the same to us and to the tool. */
function formProblem(value: Json, depth: number): string | null {
  if (depth > deepest) return `the arguments are nested more than ${deepest} deep`
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    return `the number ${value} is too large to be exact; pass it as a text if the tool takes one`
  if (typeof value === 'string' && !value.isWellFormed()) return 'a text holds half of a surrogate pair, which is not a character'
  if (typeof value !== 'object' || value === null) return null
  for (const [key, inner] of Object.entries(value)) {
    if (key === '__proto__') return 'an argument is named `__proto__`'
    const problem = formProblem(inner, depth + 1)
    if (problem !== null) return problem
  }
  return null
}

function nearest(name: string, goal: Goal | null): string {
  const twin = [...(goal?.contract.keys() ?? [])].find((key) => lookAlike(key, name))
  return twin === undefined ? '' : `; the name only looks like \`${twin}\``
}
