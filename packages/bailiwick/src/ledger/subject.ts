import type { EvaluationEntry, LedgerEntry } from './entry.ts'

/** Under which subject the decisions about an agent, and its calls of models, are found in the ledger. */
export function agentSubject(agent: string): string {
  return `agent:${agent}`
}

/** Under which subject the decisions about what was done for a person, and the calls of models for it, are found in the ledger. */
export function personSubject(person: string): string {
  return `person:${person}`
}

/** Under which subject the evaluations of a kind are found in the ledger. */
export function evaluationSubject(kind: EvaluationEntry['kind']): string {
  return `evaluation:${kind}`
}

/** Under which subject the inventories are found in the ledger. */
export const inventorySubject = 'inventory'

/** Under which subject the rulesets that came into force are found in the ledger. */
export const rulesetSubject = 'ruleset'

/** Under which subject the replacements of the ledger's key are found in the ledger. */
export const ledgerKeySubject = 'ledger-key'

/** What an entry is found by: its call or approval, its session, and of a decision or a call of a model its agent and person. */
export function subjectsOf(entry: LedgerEntry): string[] {
  const subjects = 'call' in entry ? [entry.call] : entry.type === 'approval' ? [entry.approval] : []
  if (entry.session !== null) subjects.push(entry.session)
  if (entry.type === 'configuration' && entry.event === 'ruleset') subjects.push(rulesetSubject)
  if (entry.type === 'inventory') subjects.push(inventorySubject)
  if (entry.type === 'evaluation') subjects.push(evaluationSubject(entry.kind))
  if (entry.type === 'model') subjects.push(entry.modelCall)
  if (entry.type === 'decision' || entry.type === 'model') {
    subjects.push(agentSubject(entry.agent))
    if (entry.person !== null) subjects.push(personSubject(entry.person))
  }
  if (entry.type === 'configuration' && entry.event === 'ledger-key') subjects.push(ledgerKeySubject)
  return subjects
}
