import type { DecisionInput } from './decision-input.ts'

/**
 * The labels that a session holds, in order. What was delegated is one with what it was delegated from: either can tell the other what it has read, so that
 * all of them hold what any of them has met.
 */
export function labelsHeld({ usage, ancestors = [] }: Pick<DecisionInput, 'usage' | 'ancestors'>): string[] {
  return [...(ancestors[0]?.usage ?? usage).labels].sort()
}
