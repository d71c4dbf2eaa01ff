import type { EvaluationEntry } from '../../ledger/entry.ts'
import type { LedgerStore } from '../../ledger/ledger-store.ts'
import { entryAt } from '../../ledger/past-reader.ts'
import { evaluationSubject } from '../../ledger/subject.ts'

/** The evaluations of a kind that were recorded last, newest first. */
export async function lastEvaluations(
  store: LedgerStore,
  kind: EvaluationEntry['kind'],
  count: number,
): Promise<readonly EvaluationEntry[]> {
  const indices = await store.lastIndicesOf(evaluationSubject(kind), await store.size(), count)
  const entries = await Promise.all(indices.map((index) => entryAt(store, index)))
  return entries.flatMap((entry) => (entry?.type === 'evaluation' ? [entry] : [])).reverse()
}

/**
 * What the newest evaluation of a kind means beside the one before it: `opened` when it is not ok and the one before was, or there was none,
 * or the rules are others; `closed` when it is ok again; null when nothing has changed.
 */
export async function alertOf(store: LedgerStore, kind: EvaluationEntry['kind']): Promise<'opened' | 'closed' | null> {
  const [now, before] = await lastEvaluations(store, kind, 2)
  if (now === undefined) return null
  if (now.ok) return before?.ok === false ? 'closed' : null
  return before === undefined || before.ok || before.policyDigest !== now.policyDigest || before.failed < now.failed ? 'opened' : null
}
