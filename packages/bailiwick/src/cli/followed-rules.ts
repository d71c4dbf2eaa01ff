import type { Command } from 'commander'
import { installedRuleset } from './installation.ts'
import type { Installation, Locations } from './installation.ts'
import { rulesFilesState } from './rules-files.ts'
import { RulesWatcher } from './rules-watcher.ts'
import { stopSignal } from './stop-signal.ts'

export interface ReloadOption {
  readonly reload: boolean
}

/** Adds the option that a command which serves has about its rules. */
export function withReload(command: Command): Command {
  return command.option(
    '--no-reload',
    'keep to the rules as they are at the start (default: changed files come into force as they are saved)',
  )
}

/**
 * Makes ready to follow the rules of an installation that is about to be opened, and to stop: SIGHUP then has the files looked
 * at at once. `follow` begins; what it returns ends.
 */
export function followedRules(
  reload: boolean,
  locations: Locations,
): { readonly stop: AbortSignal; readonly follow: (installation: Installation) => () => Promise<void> } {
  if (!reload) return { stop: stopSignal(null), follow: () => async () => {} }
  let watcher: RulesWatcher | null = null
  const read = rulesFilesState(locations.manifest)
  return {
    stop: stopSignal(() => void watcher?.lookAtOnce()),
    follow: ({ runtime, witnesses }) => {
      const { rules, ledger, report } = runtime
      const started = new RulesWatcher({
        manifest: locations.manifest,
        load: () => installedRuleset(locations),
        read,
        rules,
        ledger,
        witnesses,
        report,
      })
      watcher = started
      started.start()
      return () => {
        watcher = null
        return started.stop()
      }
    },
  }
}
