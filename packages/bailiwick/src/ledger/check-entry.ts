import { canonicalJson } from '../model/json.ts'
import { isGenuine } from './commitment.ts'
import { commitmentsOf } from './commitments-of.ts'
import type { LedgerEntry } from './entry.ts'
import type { LedgerStore } from './ledger-store.ts'
import { formProblem } from './form/form-problem.ts'
import type { Findings } from './range-findings.ts'

/**
 * Checks an entry by itself, and adds it to the findings: that it is canonical JSON of the form that its type has, and that it commits to the payloads that are there. Returns the
 * entry; null when it is none.
 */
export async function checkEntry(
  store: LedgerStore,
  index: number,
  body: Uint8Array,
  leaf: Uint8Array,
  findings: Findings,
): Promise<LedgerEntry | null> {
  const entry = parsed(index, body, findings)
  if (entry === null) return null
  findings.take(index, entry, leaf)
  for (const [, commitment] of commitmentsOf(entry)) {
    const payload = await store.payload(index, commitment.hash)
    if (payload === null) {
      findings.payloadMissing(index, entry.session)
      continue
    }
    findings.payload()
    if (!isGenuine(payload)) findings.problem(index, `the payload of entry ${index} is not the one that was committed to`)
  }
  return entry
}

function parsed(index: number, body: Uint8Array, findings: Findings): LedgerEntry | null {
  const text = Buffer.from(body).toString('utf8')
  try {
    const entry = JSON.parse(text) as LedgerEntry
    const problem = canonicalJson(entry) === text ? formProblem(entry) : 'is not canonical JSON'
    if (problem === null) return entry
    findings.unreadable(index, `entry ${index} ${problem}`)
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
    findings.unreadable(index, `entry ${index} is not JSON`)
  }
  return null
}
