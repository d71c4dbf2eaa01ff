import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { recordEvaluation } from '../../evals/report/record-evaluation.ts'
import { openInstallation, openRecords, stateFolder } from '../installation.ts'
import type { Locations, Records } from '../installation.ts'

/** Works with the installation's ledger, beginning one where there is none. @throws BailiwickError as its parts do */
export async function withLedger<T>(
  locations: Locations,
  report: (line: string) => void,
  work: (records: Pick<Records, 'ledger' | 'ledgerStore'>) => Promise<T>,
): Promise<T> {
  const { ledger, ledgerStore, close } = existsSync(join(stateFolder(locations), 'bailiwick.db'))
    ? await openRecords(locations, report)
    : await begun(locations, report)
  try {
    return await work({ ledger, ledgerStore })
  } finally {
    await close()
  }
}

async function begun(locations: Locations, report: (line: string) => void): Promise<Pick<Records, 'ledger' | 'ledgerStore' | 'close'>> {
  const { runtime, ledgerStore, close } = await openInstallation(locations, report)
  return { ledger: runtime.ledger, ledgerStore, close }
}

/** Records what an evaluation came to. Resolves with the number of the entry. */
export function enterEvaluation(
  locations: Locations,
  report: (line: string) => void,
  evaluation: Parameters<typeof recordEvaluation>[1],
  results: unknown,
): Promise<number> {
  return withLedger(locations, report, ({ ledger }) => recordEvaluation(ledger, evaluation, results))
}
