import { effects } from './vocabulary.ts'
import type { Effect } from './vocabulary.ts'

/**
 * Reads a scope (RFC 6749 section 3.3): effects of tools, each once, in any order. Null for anything else.
 * A token with a scope is good for tools of these effects alone; what its contract allows of them is decided besides.
 */
export function readScope(text: string): readonly Effect[] | null {
  const words = text.split(' ')
  const known = effects.filter((effect) => words.includes(effect))
  return known.length === words.length ? known : null
}

/** How a scope is written, in one order. */
export function scopeText(scope: readonly Effect[]): string {
  return effects.filter((effect) => scope.includes(effect)).join(' ')
}

/** Why a scope does not take in a tool of an effect; null when it does. */
export function beyondScope(scope: readonly Effect[] | undefined, effect: Effect): string | null {
  if (scope === undefined || scope.includes(effect)) return null
  return `the token is for tools of the effect ${scope.join(', ')} alone, and this one's is ${effect}`
}
