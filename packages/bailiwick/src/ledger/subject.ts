import type { EvaluationEntry } from './entry.ts'

/** Under which subject the decisions about an agent are found in the ledger. */
export function agentSubject(agent: string): string {
  return `agent:${agent}`
}

/** Under which subject the decisions about what was done for a person are found in the ledger. */
export function personSubject(person: string): string {
  return `person:${person}`
}

/** Under which subject the evaluations of a kind are found in the ledger. */
export function evaluationSubject(kind: EvaluationEntry['kind']): string {
  return `evaluation:${kind}`
}

/** Under which subject the inventories are found in the ledger. */
export const inventorySubject = 'inventory'
