import type { Decision } from '../../model/decision.ts'
import type { JsonObject } from '../../model/json.ts'
import { letsThrough } from '../../model/vocabulary.ts'
import type { Agent, Ruleset } from '../../model/ruleset.ts'
import { Rehearsal } from './rehearsal.ts'

/** `untried`: no call could be made that the contract takes, so that nothing is known. */
export const verdicts = ['cut', 'ask', 'untried', 'open'] as const
export type Verdict = (typeof verdicts)[number]

/** A step of an attack before it is tried: one tool, and the calls of it that are worth trying. */
export interface Step {
  readonly session: number
  readonly goal: string
  readonly tool: string
  readonly calls: readonly JsonObject[]
  /** False when no call was found that contract and schema take. */
  readonly fits: boolean
  /** What the step is for, in words. */
  readonly purpose: string
  readonly livePin?: string
}

export interface TriedStep {
  readonly session: number
  readonly goal: string
  readonly tool: string
  readonly arguments: JsonObject
  readonly purpose: string
  readonly response: Decision['response']
  readonly tier: Decision['tier']
  readonly rule: string
  readonly reason: string
  /** What the session had met before the step. */
  readonly labels: readonly string[]
}

export interface Tried {
  readonly verdict: Verdict
  /** The steps up to the one that was refused, that one included. */
  readonly steps: readonly TriedStep[]
  /** How many steps there were to be. */
  readonly wanted: number
  /** False when there were more ways than were tried. */
  readonly whole: boolean
}

/** How often the calls of one sequence are combined anew before the best answer counts. */
const mostCombinations = 64
/** How many calls are decided for one attack before the best answer counts. */
const mostCalls = 1000
const noon = Date.UTC(2026, 0, 15, 12)

/**
 * Tries sequences of steps until one goes through as a whole; otherwise the one that came furthest. Each sequence is tried with every
 * combination of its calls, within reason, at noon on a Thursday (UTC); {@link Tried.whole} tells whether that was all of them.
 */
export function trySequences(ruleset: Ruleset, agent: Agent, sequences: Iterable<readonly Step[]>): Tried | null {
  const budget = { calls: mostCalls, whole: true }
  let best: Tried | null = null
  for (const steps of sequences) {
    if (budget.calls <= 0) {
      budget.whole = false
      break
    }
    const tried = tryCombinations(ruleset, agent, steps, budget)
    best = best === null ? tried : better(best, tried)
    if (best.verdict === 'open') return best
  }
  return best === null ? null : { ...best, whole: budget.whole }
}

/** The one of two that an attacker would rather have. */
function better(a: Tried, b: Tried): Tried {
  const difference = verdicts.indexOf(b.verdict) - verdicts.indexOf(a.verdict)
  return difference > 0 || (difference === 0 && b.wanted - b.steps.length < a.wanted - a.steps.length) ? b : a
}

function tryCombinations(ruleset: Ruleset, agent: Agent, steps: readonly Step[], budget: { calls: number; whole: boolean }): Tried {
  const chosen = steps.map(() => 0)
  let best: Tried | null = null
  for (let count = 0; ; count += 1) {
    const tried = tryOnce(ruleset, agent, steps, chosen)
    budget.calls -= tried.steps.length
    best = best === null ? tried : better(best, tried)
    // What follows a refused step is of no account: the next combination differs in that step, or before it.
    if (best.verdict === 'open' || !advance(chosen, steps, tried.steps.length - 1)) return best
    if (count + 1 === mostCombinations) {
      budget.whole = false
      return best
    }
  }
}

function advance(chosen: number[], steps: readonly Step[], from: number): boolean {
  for (let index = from; index >= 0; index -= 1) {
    const next = (chosen[index] as number) + 1
    if (next < (steps[index] as Step).calls.length) {
      chosen[index] = next
      chosen.fill(0, index + 1)
      return true
    }
  }
  return false
}

function tryOnce(ruleset: Ruleset, agent: Agent, steps: readonly Step[], chosen: readonly number[]): Tried {
  const rehearsal = new Rehearsal(ruleset, agent, noon)
  const tried: TriedStep[] = []
  let asked = false
  for (const [index, step] of steps.entries()) {
    const { session, goal, tool, purpose, livePin } = step
    const args = step.calls[chosen[index] as number] as JsonObject
    const found = rehearsal.attempt({ session, goal, tool, arguments: args, ...(livePin === undefined ? {} : { livePin }) })
    const { response, tier, rule, reason } = found.decision
    tried.push({ session, goal, tool, arguments: args, purpose, response, tier, rule, reason, labels: found.labels })
    asked ||= found.asked
    if (response !== 'ask' && !letsThrough(response)) {
      const unknown = !step.fits && (rule === 'T1.frame' || rule === 'T1.schema')
      return { verdict: unknown ? 'untried' : 'cut', steps: tried, wanted: steps.length, whole: true }
    }
  }
  return { verdict: asked ? 'ask' : 'open', steps: tried, wanted: steps.length, whole: true }
}
