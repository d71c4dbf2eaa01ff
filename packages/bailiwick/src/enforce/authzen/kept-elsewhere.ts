import type { SessionContract } from '../session-contract.ts'

/** Why a call that would be permitted cannot be left to somebody else. */
export interface NotKept {
  readonly rule: string
  readonly reason: string
}

/**
 * What the rules want of a call that only the enforcement point can see to which carries it out itself: results counted, and outcomes looked back on. Null where
 * they want nothing of that kind. What cannot be kept is refused, not hoped for.
 */
export function notKeptElsewhere(contract: SessionContract, tool: string): NotKept | null {
  if (contract.resultBytes.some((most) => most !== null))
    return { rule: 'authzen.resultBytes', reason: 'the bytes of results are limited, and nobody counts those of another enforcement point' }
  const fact = [...contract.ruleset.facts.values()].find(({ patterns }) =>
    patterns.some(({ kind, tools }) => kind === 'outcome' && tools.has(tool)),
  )
  if (fact === undefined) return null
  return {
    rule: 'authzen.outcome',
    reason: `the fact \`${fact.name}\` looks at what came of calls of \`${tool}\`, and nobody tells that of another enforcement point`,
  }
}
