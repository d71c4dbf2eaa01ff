import type { RulesetTexts } from '../../model/load-ruleset.ts'
import type { Agent, Ruleset } from '../../model/ruleset.ts'
import type { AgentHistory } from '../history.ts'
import { controls } from './controls.ts'
import type { Control } from './controls.ts'
import { inSameMatrix, isAtLeast } from './quadrants.ts'
import type { Quadrant } from './quadrants.ts'
import { whatIf } from './what-if.ts'
import type { Tried, WhatIf } from './what-if.ts'

/**
 * The smallest set of controls that brings an agent into a quadrant or a better one of the same matrix; of several, the one that
 * leaves it least vulnerable, and then the first in the order of the controls. Null when not even all five do.
 * @throws BailiwickError `RISK_CHANGE` as {@link whatIf} does
 */
export function advise(
  texts: RulesetTexts,
  ruleset: Ruleset,
  agent: Agent,
  wanted: Quadrant,
  history: AgentHistory | null = null,
  tried: Tried = new Map(),
): WhatIf | null {
  for (let size = 0; size <= controls.length; size += 1) {
    const reached = subsets(controls, size)
      .map((set) => whatIf(texts, ruleset, agent, set, history, tried))
      .filter(({ assessment }) => isAtLeast(inSameMatrix(assessment.quadrants, wanted), wanted))
      .sort((a, b) => a.assessment.vulnerability - b.assessment.vulnerability)
    if (reached[0] !== undefined) return reached[0]
  }
  return null
}

/** The sets of so many controls, in their order. */
export function subsets(all: readonly Control[], size: number): readonly (readonly Control[])[] {
  if (size === 0) return [[]]
  return all.flatMap((one, index) => subsets(all.slice(index + 1), size - 1).map((rest) => [one, ...rest]))
}
