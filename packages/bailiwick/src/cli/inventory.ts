import { existsSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Option } from 'commander'
import type { Command } from 'commander'
import { readHistory } from '../assess/history.ts'
import { findingKinds } from '../assess/inventory/inventory.ts'
import type { FindingKind } from '../assess/inventory/inventory.ts'
import { lastRecordedItems, recordInventory } from '../assess/inventory/recorded.ts'
import { takeInventory } from '../assess/inventory/take-inventory.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { readLock } from '../model/load-ruleset.ts'
import type { Lock } from '../model/lock.ts'
import { durationPattern, milliseconds } from '../model/quantity.ts'
import { action, command } from './command.ts'
import { openInstallation, openRecords, stateFolder } from './installation.ts'
import type { Locations, Records } from './installation.ts'
import { inventoryText } from './inventory/inventory-text.ts'

interface InventoryOptions {
  readonly unused: string
  readonly project?: readonly string[]
  readonly home?: string
  readonly format: 'table' | 'cyclonedx'
  readonly out?: string
  readonly record?: boolean
  readonly failOn?: string
}

export function inventoryCommand(): Command {
  return command('inventory', 'list agents, tools, servers and frameworks, and what does not fit together')
    .description(
      'Brings together what the manifest declares, what MCP clients on this machine are configured with, which agent frameworks projects depend on, and what the ledger has seen. Starts no server and shows no secret. Exit code 1 when there is a finding of a kind that `--fail-on` names.',
    )
    .option('--unused <duration>', 'report privileges that went unused so long', '30d')
    .option('--project <folders...>', "folders of projects to look into (default: the manifest's)")
    .option('--home <folder>', "the home folder to look into (default: the user's)")
    .addOption(new Option('--format <form>', 'how to print it').choices(['table', 'cyclonedx']).default('table'))
    .option('--out <file>', 'write it there instead of printing it; with `--format cyclonedx`')
    .option('--record', 'record it in the ledger, for later inventories to tell what has drifted')
    .option('--fail-on <kinds>', `kinds of findings that count as a no: ${findingKinds.join(', ')}; or \`any\``)
    .action(
      action(async ({ output, locations }, options: InventoryOptions) => {
        const failing = failingKinds(options.failOn)
        if (!durationPattern.test(options.unused))
          throw new BailiwickError('USAGE', `\`${options.unused}\` is not a duration`, { mend: 'write it like `30d`' })
        if (options.out !== undefined && options.format !== 'cyclonedx')
          throw new BailiwickError('USAGE', '`--out` goes with `--format cyclonedx`', { mend: 'add `--format cyclonedx`' })
        const records = await openedRecords(locations, options.record === true, output.note)
        try {
          const inventory = takeInventory({
            manifest: resolve(locations.manifest),
            lock: usableLock(locations.manifest),
            surroundings: {
              home: options.home ?? homedir(),
              projects: (options.project ?? [dirname(resolve(locations.manifest))]).map((folder) => resolve(folder)),
              platform: process.platform,
              environment: options.home === undefined ? process.env : {},
            },
            history: records === null ? null : await readHistory(records.ledgerStore),
            before: records === null ? null : await lastRecordedItems(records.ledgerStore),
            unused: milliseconds(options.unused),
            now: Date.now(),
          })
          const entry = records !== null && options.record === true ? await recordInventory(records.ledger, inventory) : null
          if (options.format === 'cyclonedx') {
            // Its library takes longer to load than most commands take.
            const { cycloneDx } = await import('../assess/inventory/cyclonedx.ts')
            const text = cycloneDx(inventory)
            if (options.out !== undefined) writeOut(options.out, text)
            else process.stdout.write(text)
          } else {
            output.data({ ...inventory, entry })
            output.text(inventoryText(inventory, entry))
          }
          return inventory.findings.some(({ kind }) => failing.has(kind)) ? 1 : 0
        } finally {
          await records?.close()
        }
      }),
    )
}

/** The ledger, if there is one; with `create` one is begun. */
async function openedRecords(
  locations: Locations,
  create: boolean,
  report: (line: string) => void,
): Promise<Pick<Records, 'ledger' | 'ledgerStore' | 'close'> | null> {
  if (existsSync(join(stateFolder(locations), 'bailiwick.db'))) return openRecords(locations, report)
  if (!create) return null
  const { runtime, ledgerStore, close } = await openInstallation(locations, report)
  return { ledger: runtime.ledger, ledgerStore, close }
}

/** Null for a lock that is damaged: what is pinned is then not known to be what it was. */
function usableLock(manifest: string): Lock | null {
  try {
    return readLock(dirname(resolve(manifest)))
  } catch (error) {
    if (error instanceof BailiwickError && error.code === 'LOCK_INVALID') return null
    throw error
  }
}

function failingKinds(text: string | undefined): ReadonlySet<FindingKind> {
  if (text === undefined) return new Set()
  if (text.trim() === 'any') return new Set(findingKinds)
  return new Set(
    text.split(',').map((part) => {
      const kind = findingKinds.find((one) => one === part.trim())
      if (kind === undefined)
        throw new BailiwickError('USAGE', `\`${part.trim()}\` is no kind of finding`, { mend: `the kinds are ${findingKinds.join(', ')}` })
      return kind
    }),
  )
}

function writeOut(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new BailiwickError('USAGE', `\`${file}\` cannot be written: ${code}`, { mend: 'name a file that can be written', cause: error })
  }
}
