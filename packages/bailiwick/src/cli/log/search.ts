import { Option } from 'commander'
import type { Command } from 'commander'
import { commitmentsOf } from '../../ledger/commitments-of.ts'
import type { LedgerStore } from '../../ledger/ledger-store.ts'
import { action, command } from '../command.ts'
import { openRecords } from '../installation.ts'
import { table } from '../output.ts'
import { allEntries, clockTime, summary } from './entries.ts'
import type { PlacedEntry } from './entries.ts'
import { wholeNumber } from '../whole-number.ts'

interface SearchOptions {
  readonly payloads?: boolean
  readonly limit: number
}

export function searchCommand(): Command {
  return command('search', 'find entries that hold a text')
    .description(
      'Finds entries in which a text stands, in whatever field, in small letters or great; oldest first. Exit code 1 when there is none.',
    )
    .argument('<text>', 'what to look for')
    .option('--payloads', 'also in requests, arguments and results')
    .addOption(new Option('--limit <n>', 'at most so many, the newest').argParser(wholeNumber(1)).default(50))
    .action(
      action(async ({ output, locations }, text: string, options: SearchOptions) => {
        const records = await openRecords(locations, output.note)
        const wanted = text.normalize('NFC').toLowerCase()
        let found: PlacedEntry[] = []
        let matches = 0
        for await (const one of allEntries(records.ledgerStore)) {
          if (!(await holds(records.ledgerStore, one, wanted, options.payloads === true))) continue
          matches += 1
          found = [...found, one].slice(-options.limit)
        }
        await records.close()
        output.data(found.map(({ index, entry }) => ({ index, ...entry })))
        if (matches === 0) output.text('nothing in the ledger holds that')
        else
          output.text(
            table(
              ['entry', 'time', 'type', 'what'],
              found.map(({ index, entry }) => [String(index), clockTime(entry), entry.type, summary(entry)]),
            ),
          )
        if (matches > found.length) output.note(`${matches - found.length} older ones are not shown: raise --limit`)
        return matches === 0 ? 1 : 0
      }),
    )
}

async function holds(store: LedgerStore, { index, entry }: PlacedEntry, wanted: string, payloads: boolean): Promise<boolean> {
  if (hasText(entry, wanted)) return true
  if (!payloads) return false
  for (const [, { hash }] of commitmentsOf(entry)) {
    const payload = await store.payload(index, hash)
    if (payload !== null && hasText(JSON.parse(payload.body), wanted)) return true
  }
  return false
}

/** Whether a text stands in a name or a value, not in how JSON writes them. */
function hasText(value: unknown, wanted: string): boolean {
  if (typeof value !== 'object' || value === null) return String(value).normalize('NFC').toLowerCase().includes(wanted)
  return Object.entries(value).some(([name, inner]) => hasText(inner, wanted) || (!Array.isArray(value) && hasText(name, wanted)))
}
