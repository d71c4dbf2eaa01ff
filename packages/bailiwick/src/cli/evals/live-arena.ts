import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LiveArena } from '../../evals/live/live-arena.ts'
import { openInstallation } from '../installation.ts'

/** Works with a gateway's inside on keys and a ledger that are gone afterwards. @throws BailiwickError as the installation does */
export async function inArena<T>(manifest: string, report: (line: string) => void, work: (arena: LiveArena) => Promise<T>): Promise<T> {
  const state = mkdtempSync(join(tmpdir(), 'bailiwick-redteam-'))
  try {
    const { runtime, token, approverKey, approvals, close } = await openInstallation({ manifest, state }, report)
    try {
      return await work({
        runtime,
        token,
        approve: async (approval) =>
          void (await approvals.answer(approval, 'approved', { name: 'redteam', key: approverKey, rationale: null })),
      })
    } finally {
      await close()
    }
  } finally {
    rmSync(state, { recursive: true, force: true })
  }
}
