import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openInstallation } from '../../src/cli/installation.ts'
import type { Ledger } from '../../src/ledger/ledger.ts'
import { installationFiles } from '../cli/written-manifest.ts'

/** Writes rules into a folder, and a ledger beside them with what `work` appends at noon of 15 January 2026. Returns how many entries there are. */
export async function installedLedger(folder: string, work: (ledger: Ledger) => Promise<unknown>, exported = ''): Promise<number> {
  for (const [name, text] of Object.entries(installationFiles))
    writeFileSync(join(folder, name), name === 'bailiwick.yaml' ? `${text}${exported}` : text)
  const locations = { manifest: join(folder, 'bailiwick.yaml'), state: null }
  const installation = await openInstallation(locations, () => {}, { clock: () => Date.UTC(2026, 0, 15, 12) })
  await work(installation.runtime.ledger)
  const entries = await installation.ledgerStore.size()
  await installation.close()
  return entries
}
