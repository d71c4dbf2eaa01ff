import type { Json, JsonObject } from '../../model/json.ts'
import type { CaseStep } from '../case/eval-case.ts'

/**
 * The smallest steps, found by leaving out and shortening one thing at a time, that still show the same.
 * @param shows whether steps show it; called at most `most` times
 */
export function shrink(steps: readonly CaseStep[], shows: (steps: readonly CaseStep[]) => boolean, most = 400): readonly CaseStep[] {
  let best = steps
  let left = most
  for (let again = true; again && left > 0;) {
    again = false
    for (const smaller of smallerThan(best)) {
      left -= 1
      if (left < 0) break
      if (!shows(smaller)) continue
      best = smaller
      again = true
      break
    }
  }
  return best
}

function* smallerThan(steps: readonly CaseStep[]): Generator<readonly CaseStep[]> {
  if (steps.length > 1) {
    yield steps.slice(-1)
    for (const at of steps.keys()) if (at < steps.length - 1) yield steps.filter((_, index) => index !== at)
  }
  for (const [at, step] of steps.entries())
    for (const smaller of smallerStep(step)) yield steps.map((one, index) => (index === at ? smaller : one))
}

function* smallerStep(step: CaseStep): Generator<CaseStep> {
  const { wait, session, approved, bytes, ...rest } = step
  if (wait !== undefined) yield { ...rest, session, approved, bytes }
  if (session !== undefined) yield { ...rest, wait, approved, bytes }
  if (approved !== undefined) yield { ...rest, wait, session, bytes }
  if (bytes !== undefined) yield { ...rest, wait, session, approved }
  for (const name of Object.keys(step.with))
    yield { ...step, with: Object.fromEntries(Object.entries(step.with).filter(([other]) => other !== name)) }
  for (const [name, value] of Object.entries(step.with)) {
    const shorter = shortened(value)
    if (shorter !== null)
      yield { ...step, with: Object.fromEntries(Object.entries(step.with).map(([other, one]) => [other, other === name ? shorter : one])) }
  }
}

/** Half as long, for a long text or list; null for what is short. */
function shortened(value: Json): Json | null {
  if (typeof value === 'string') return value.length > 80 ? value.slice(0, Math.ceil(value.length / 2)).toWellFormed() : null
  return Array.isArray(value) && value.length > 1 ? (value as readonly Json[]).slice(0, Math.ceil(value.length / 2)) : null
}

/** How much there is to read in steps. */
export function sizeOf(steps: readonly CaseStep[]): number {
  return steps.reduce((sum, { with: args, call }) => sum + 20 + call.length + JSON.stringify(args satisfies JsonObject).length, 0)
}
