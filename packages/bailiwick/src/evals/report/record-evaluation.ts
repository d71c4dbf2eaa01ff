import { commit } from '../../ledger/commitment.ts'
import type { EvaluationEntry } from '../../ledger/entry.ts'
import type { Ledger } from '../../ledger/ledger.ts'

/** Records in the ledger what an evaluation came to, its results as a payload beside the tree. Resolves with the number of the entry. */
export function recordEvaluation(
  ledger: Ledger,
  evaluation: Pick<EvaluationEntry, 'kind' | 'policyDigest' | 'ok' | 'passed' | 'failed'>,
  results: unknown,
): Promise<number> {
  // What JSON leaves out, such as members that are undefined, is left out here as well.
  const { commitment, payload } = commit(JSON.parse(JSON.stringify(results)))
  return ledger.append({ type: 'evaluation', session: null, ...evaluation, results: commitment }, [payload])
}
