import { toolsOfInvariant, framesOfCondition } from '../../model/check-invariants.ts'
import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { ConditionDeclaration, InvariantDeclaration } from '../../model/manifest.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import { parseValuePath } from '../../model/value-path.ts'
import type { CaseSeverity } from '../case/eval-case.ts'
import { inFrame } from './frame-oracle.ts'
import type { FrameAnswer, FrameOracleScope } from './frame-oracle.ts'

/** A call that went through, or would. */
export interface InvariantSubject {
  readonly tool: string
  readonly arguments: JsonObject
  readonly params: JsonObject
  readonly labels: readonly string[]
  readonly approved: boolean
}

export interface BrokenInvariant {
  readonly name: string
  readonly severity: CaseSeverity
}

/** The declared invariants that a call breaks by going through. */
export function brokenInvariants(ruleset: Ruleset, subject: InvariantSubject, scope: FrameOracleScope): BrokenInvariant[] {
  return Object.entries(ruleset.manifest.invariants ?? {}).flatMap(([name, invariant]) =>
    breaks(invariant, ruleset.tools, subject, scope) ? [{ name, severity: invariant.severity }] : [],
  )
}

/**
 * Whether a call breaks an invariant by going through. Fails closed: a frame that may hold does in `when`, and does not in `unless`; of a list, one item
 * is enough in `when`, and each must be what `unless` says.
 */
export function breaks(
  invariant: Omit<InvariantDeclaration, 'severity'>,
  tools: Ruleset['tools'],
  subject: InvariantSubject,
  scope: FrameOracleScope,
): boolean {
  if (!toolsOfInvariant(invariant, tools).includes(subject.tool)) return false
  if (invariant.when !== undefined && answerOf(invariant.when, 'some', subject, scope) === 'outside') return false
  return invariant.unless === undefined || answerOf(invariant.unless, 'every', subject, scope) !== 'inside'
}

/** Whether a call is what a condition says; `outside` as soon as one part of it does not hold. */
function answerOf(condition: ConditionDeclaration, items: Items, subject: InvariantSubject, scope: FrameOracleScope): FrameAnswer {
  if (condition.labels?.some((label) => !subject.labels.includes(label)) === true) return 'outside'
  if (condition.approved === true && !subject.approved) return 'outside'
  const answers = framesOfCondition(condition).map(([path, frame]): FrameAnswer => {
    const at = parseValuePath(path)
    if (at === null || (at.of !== 'input' && at.of !== 'params')) return 'unknown'
    const from = at.of === 'input' ? subject.arguments : subject.params
    const value = at.names.reduce<Json | undefined>((inside, name) => memberOf(inside, name, items), from)
    if (value === undefined) return 'outside'
    const whole = inFrame(value, frame, scope)
    return items === 'some' && Array.isArray(value)
      ? mildest([whole, ...(value as readonly Json[]).map((item) => inFrame(item, frame, scope))])
      : whole
  })
  return answers.find((answer) => answer === 'outside') ?? answers.find((answer) => answer === 'unknown') ?? 'inside'
}

/** Which items of a list a condition is about. */
type Items = 'some' | 'every'

function mildest(answers: readonly FrameAnswer[]): FrameAnswer {
  return answers.find((answer) => answer === 'inside') ?? answers.find((answer) => answer === 'unknown') ?? 'outside'
}

/** A member of an object; of a list, those of its items: of all, or of those that have one. */
function memberOf(value: Json | undefined, name: string, items: Items): Json | undefined {
  if (Array.isArray(value)) {
    const members = (value as readonly Json[]).map((item) => memberOf(item, name, items))
    const found = members.filter((member) => member !== undefined)
    return found.length === 0 || (items === 'every' && found.length < members.length) ? undefined : found.flat()
  }
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}
