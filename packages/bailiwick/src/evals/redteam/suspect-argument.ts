import { canonicalJson } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import { isAttackers } from '../attacks/attacker.ts'
import type { CaseStep, EvalCase } from '../case/eval-case.ts'
import { singleSteps } from '../case/eval-case.ts'
import { honestArguments } from '../generate/honest-task.ts'

/**
 * The argument that a frame was to hold back in a call that it holds back no longer; null where none stands out. The frames as they were are not
 * known. What kept cases of the goal expect to pass them was inside, so it is another argument: one with something of the attacker's in it
 * rather than another, then one that is not as an honest call has it, then one with a security meaning. It may be one that was left out.
 */
export function suspectArgument(
  { goal, params }: EvalCase,
  { call, with: args }: CaseStep,
  ruleset: Ruleset,
  kept: readonly EvalCase[],
): string | null {
  const tool = ruleset.tools.get(call)
  const honest = tool === undefined ? undefined : honestArguments(ruleset, goal, tool, params)
  if (tool === undefined || honest === undefined) return null
  const passed = new Set(kept.filter((one) => one.goal === goal).flatMap((one) => formsThatPass(one, call)))
  const suspicion = ([name, value]: readonly [string, Json]): number => {
    const { [name]: sink = 'content' } = tool.declaration.sinks
    const unusual = canonicalJson(value) !== canonicalJson(honest[name] ?? null)
    return (isAttackers(JSON.stringify(value)) ? 4 : 0) + (unusual ? 2 : 0) + (sink === 'content' ? 0 : 1)
  }
  const suspects = Object.entries(args).filter(([name, value]) => formsOf(name, value, params).some((form) => !passed.has(form)))
  const [first] = suspects.sort((a, b) => suspicion(b) - suspicion(a))
  if (first !== undefined && suspicion(first) >= 2) return first[0]
  const frames = Object.entries(ruleset.manifest.goals[goal]?.tools[call] ?? {})
  return frames.find(([name, frame]) => !Object.hasOwn(args, name) && typeof frame === 'object' && frame.optional === true)?.[0] ?? null
}

/** The arguments of a tool that a case expects to pass its frames: all but those that the contract is expected to refuse. */
function formsThatPass({ steps, params }: EvalCase, call: string): string[] {
  return singleSteps(steps)
    .filter((step) => step.call === call && step.at === undefined && step.expect !== undefined && isPastFrames(step))
    .flatMap((step) => Object.entries(step.with).flatMap(([name, value]) => formsOf(name, value, params)))
}

function isPastFrames({ expect, rule }: CaseStep): boolean {
  return expect !== 'deny' || (rule !== undefined && !/^T[01]\./.test(rule))
}

/** What is told apart of an argument's value: each item of a list, and a parameter's value by the name of the parameter. */
function formsOf(name: string, value: Json, params: JsonObject): string[] {
  const items = Array.isArray(value) ? (value as readonly Json[]) : [value]
  return items.map((item) => {
    const form = canonicalJson(item)
    const parameter = Object.keys(params).find((one) => canonicalJson(params[one]) === form)
    return canonicalJson([name, parameter === undefined ? form : `$${parameter}`])
  })
}
