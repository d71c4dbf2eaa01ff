import type { GovernedSession } from '../governed-session.ts'
import type { SessionContract } from '../session-contract.ts'

/** Why a call that would be permitted cannot be left to somebody else. */
export interface NotKept {
  readonly rule: string
  readonly reason: string
}

/** The fact that looks at what came of calls of a tool, which nobody tells of one that somebody else carries out. Null where there is none. What cannot be kept is refused, not hoped for. */
export function notKeptElsewhere(contract: SessionContract, tool: string): NotKept | null {
  const fact = [...contract.ruleset.facts.values()].find(({ patterns }) =>
    patterns.some(({ kind, tools }) => kind === 'outcome' && tools.has(tool)),
  )
  if (fact === undefined) return null
  return {
    rule: 'authzen.outcome',
    reason: `the fact \`${fact.name}\` looks at what came of calls of \`${tool}\`, and nobody tells that of another enforcement point`,
  }
}

/** Counts the bytes that a result elsewhere may have at most against the limits, if they fit. Null then; where bytes are limited and the caller does not say how many there may be, they do not. */
export function bytesNotKept(governed: GovernedSession, contract: SessionContract, bytes: number | undefined): NotKept | null {
  const rule = 'authzen.resultBytes'
  if (bytes === undefined) {
    if (contract.resultBytes.every((most) => most === null)) return null
    return { rule, reason: 'the bytes of results are limited: say in `context.result_bytes` how many the result may have at most' }
  }
  const left = governed.takeBytes(bytes, contract)
  return left === null ? null : { rule, reason: `the result may have ${bytes} bytes, and the goal allows ${left} more; ask for less` }
}
