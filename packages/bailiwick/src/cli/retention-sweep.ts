import type { Runtime } from '../enforce/runtime.ts'
import type { Records } from './installation.ts'
import { dueSessions } from './vault.ts'

const every = 3_600_000

/** Erases what the manifest's `retention` no longer keeps, at once and each hour, until what this returns is called. */
export function sweepRetention(runtime: Runtime, records: Pick<Records, 'ledgerStore' | 'sessions' | 'erase'>): () => Promise<void> {
  let turn = Promise.resolve()
  const sweep = async (): Promise<void> => {
    for (const { session, reason } of await dueSessions(records, runtime.rules.current.manifest.retention, runtime.clock())) {
      await records.erase({ session, by: 'retention', reason })
      runtime.report(`what the session ${session} held was erased: ${reason}`)
    }
  }
  const look = (): void => {
    turn = turn.then(sweep).catch((error: unknown) => runtime.report(`retention: ${String(error)}`))
  }
  look()
  const timer = setInterval(look, every)
  timer.unref()
  return () => {
    clearInterval(timer)
    return turn
  }
}
