import type { Commitment } from './commitment.ts'
import type { LedgerEntry } from './entry.ts'

/** What a payload is to the entry that commits to it. */
export type PayloadRole =
  | 'arguments'
  | 'performed'
  | 'result'
  | 'prompt'
  | 'response'
  | 'request'
  | 'part'
  | 'contents'
  | 'items'
  | 'results'

/** What an entry commits to, by what it is. */
export function commitmentsOf(entry: LedgerEntry): readonly (readonly [of: PayloadRole, commitment: Commitment])[] {
  return rolesOf(entry).flatMap(([of, commitment]) => (commitment === null ? [] : [[of, commitment] as const]))
}

function rolesOf(entry: LedgerEntry): readonly (readonly [of: PayloadRole, commitment: Commitment | null])[] {
  switch (entry.type) {
    case 'decision':
      return [
        ['arguments', entry.arguments],
        ['performed', entry.performed ?? null],
      ]
    case 'outcome':
      return [['result', entry.result]]
    case 'model':
      return entry.event === 'asked' ? [['prompt', entry.prompt]] : [['response', entry.response]]
    case 'session':
      return [
        ['request', entry.request],
        ['part', entry.delegation?.part ?? null],
      ]
    case 'configuration':
      return entry.event === 'ruleset' ? [['contents', entry.contents]] : []
    case 'inventory':
      return [['items', entry.items]]
    case 'evaluation':
      return [['results', entry.results]]
    default:
      return []
  }
}
