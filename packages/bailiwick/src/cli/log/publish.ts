import { DirectoryTiles } from '@bailiwick/tlog/node'
import type { Command } from 'commander'
import { publishTiles } from '../../ledger/publish-tiles.ts'
import { action, command } from '../command.ts'
import { openRecords } from '../installation.ts'
import { stopSignal } from '../stop-signal.ts'

/** How often the ledger is looked at, in milliseconds: as often as heads are signed. */
const pollEvery = 1000

export function publishCommand(): Command {
  return command('publish', 'keep a copy of the ledger in a folder, as a tiled log')
    .description(
      'Writes checkpoint, tiles and entries (C2SP tlog-tiles) into a folder that any web server or object store can hold, and adds to it what came since. A ledger that does not continue what was published is refused. Entries name agents, people, tools and goals; payloads are never published.',
    )
    .argument('<folder>', 'where the copy is, or is to be')
    .option('--follow', 'go on until it is stopped')
    .option('--no-entries', 'hashes alone: enough to check proofs, and nothing can be read')
    .action(
      action(async ({ output, locations }, folder: string, options: { follow?: boolean; entries: boolean }) => {
        const stop = options.follow === true ? stopSignal(null) : AbortSignal.abort()
        const records = await openRecords(locations, output.note)
        try {
          const { ledger, ledgerStore: store } = records
          const tiles = new DirectoryTiles(folder)
          await ledger.signHead()
          for (let last = -1; ;) {
            const keys = await ledger.keys()
            const size = await publishTiles({ store, keys, tiles, entries: options.entries })
            if (size !== last) {
              output.data({ size, key: keys.current })
              output.text(`${size} entries in ${folder}`)
            }
            last = size
            if (stop.aborted) return 0
            await pause(stop)
          }
        } finally {
          await records.close()
        }
      }),
    )
}

async function pause(stop: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, pollEvery)
    stop.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}
