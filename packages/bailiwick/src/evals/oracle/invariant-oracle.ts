import { toolsOfInvariant, framesOfCondition } from '../../model/check-invariants.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { ConditionDeclaration, InvariantDeclaration } from '../../model/manifest.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import { parseValuePath } from '../../model/value-path.ts'
import type { CaseSeverity } from '../case/eval-case.ts'
import { inFrame } from './frame-oracle.ts'
import type { FrameOracleScope } from './frame-oracle.ts'

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

/** Whether a call breaks an invariant by going through. */
export function breaks(
  invariant: Omit<InvariantDeclaration, 'severity'>,
  tools: Ruleset['tools'],
  subject: InvariantSubject,
  scope: FrameOracleScope,
): boolean {
  if (!toolsOfInvariant(invariant, tools).includes(subject.tool)) return false
  if (invariant.when !== undefined && !holds(invariant.when, subject, scope)) return false
  return invariant.unless === undefined || !holds(invariant.unless, subject, scope)
}

function holds(condition: ConditionDeclaration, subject: InvariantSubject, scope: FrameOracleScope): boolean {
  if (condition.labels?.some((label) => !subject.labels.includes(label)) === true) return false
  if (condition.approved === true && !subject.approved) return false
  return framesOfCondition(condition).every(([path, frame]) => {
    const at = parseValuePath(path)
    if (at === null || (at.of !== 'input' && at.of !== 'params')) return false
    let value: Json | undefined = at.of === 'input' ? subject.arguments : subject.params
    for (const name of at.names)
      value = typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined
    return value !== undefined && inFrame(value, frame, scope) === 'inside'
  })
}
