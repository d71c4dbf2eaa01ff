import type { Command } from 'commander'
import { action, command } from '../command.ts'
import { followDecisions } from '../decision-tail.ts'
import { openRecords } from '../installation.ts'
import { stopSignal } from '../stop-signal.ts'

export function tailCommand(): Command {
  return command('tail', 'show decisions, outcomes and answers of models as they are recorded')
    .description('Follows the ledger until it is stopped, whichever process writes it; with `--json`, every entry as a line of JSON.')
    .action(
      action(async ({ output, locations }) => {
        const stop = stopSignal(null)
        const records = await openRecords(locations, output.note)
        const end = await followDecisions(records.ledgerStore, output.text, (index, entry) => output.data({ index, ...entry }))
        await new Promise<void>((resolve) => (stop.aborted ? resolve() : stop.addEventListener('abort', () => resolve())))
        await end()
        await records.close()
        return 0
      }),
    )
}
