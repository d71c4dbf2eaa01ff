import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OpenArena } from '../../evals/live/live-arena.ts'
import { openInstallation } from '../installation.ts'

/** Opens a gateway's inside on keys and a ledger that are gone afterwards. What it opens throws as the installation does. */
export function arenas(manifest: string, report: (line: string) => void): OpenArena {
  return async (rules, work) => {
    const state = mkdtempSync(join(tmpdir(), 'bailiwick-arena-'))
    try {
      const { runtime, token, approverKey, approvals, close } = await openInstallation({ manifest, state }, report, {
        ...rules,
        unwitnessed: true,
      })
      try {
        return await work({
          runtime,
          token,
          answer: async (approval, answer) =>
            void (await approvals.answer(approval, answer, { name: 'eval', key: approverKey, rationale: null })),
        })
      } finally {
        await close()
      }
    } finally {
      rmSync(state, { recursive: true, force: true })
    }
  }
}
