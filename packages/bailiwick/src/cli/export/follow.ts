import { loadRuleset } from '../../model/load-ruleset.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { sinkName } from '../../model/export.ts'
import type { CommandContext } from '../command.ts'
import { openRecords } from '../installation.ts'
import { safe } from '../output.ts'
import { stopSignal } from '../stop-signal.ts'
import { ExportStreams } from './export-streams.ts'

/**
 * Sends the ledger to the manifest's sinks until the process is told to stop, as `bailiwick up` does while it serves.
 * @throws BailiwickError `USAGE` when the manifest declares none, or as rules and secrets do
 */
export async function followLedger({ output, locations }: CommandContext): Promise<void> {
  const ruleset = loadRuleset(locations.manifest)
  const sinks = ruleset.manifest.export ?? []
  if (sinks.length === 0)
    throw new BailiwickError('USAGE', 'the manifest declares no sink that could be followed', { mend: 'declare one under `export`' })
  const stop = stopSignal(null)
  const report = (line: string): void => output.note(`bailiwick: ${safe(line)}`)
  const records = await openRecords(locations, report)
  const { ledger, ledgerStore: store, cursors, tokenKeys } = records
  const streams = new ExportStreams({ store, cursors, ledger, environment: process.env, report, tokenKeys })
  try {
    await streams.use(ruleset)
    output.data({ sinks: sinks.map(sinkName) })
    output.text(`the ledger is sent to ${sinks.map((sink) => safe(sinkName(sink))).join(', ')}`)
    await new Promise<void>((resolve) => (stop.aborted ? resolve() : stop.addEventListener('abort', () => resolve())))
  } finally {
    await streams.stop()
    await records.close()
  }
}
