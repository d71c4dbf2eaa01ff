import { cosignatureTime, TlogError, verifyNote } from '@bailiwick/tlog'
import type { NoteVerifier } from '@bailiwick/tlog'
import type { LedgerStore } from '../ledger-store.ts'

/** How many heads are looked through for one that a witness has cosigned. */
const mostHeads = 1000

/** A head that a witness has cosigned, by the cosignature that is kept with it. */
export interface CosignedHead {
  readonly size: number
  /** Milliseconds since 1970, by the witness's clock. */
  readonly time: number
}

/** The newest head over at most `most` entries that a witness has cosigned; null when none of the newest heads has its cosignature. */
export async function lastCosigned(
  verifier: NoteVerifier,
  store: LedgerStore,
  most: number = Number.MAX_SAFE_INTEGER,
): Promise<CosignedHead | null> {
  for (const { size, note } of await store.headsOver(0, mostHeads)) {
    const time = size > most ? null : await cosignedAt(verifier, note)
    if (time !== null) return { size, time }
  }
  return null
}

async function cosignedAt(verifier: NoteVerifier, note: string): Promise<number | null> {
  try {
    const [cosignature] = (await verifyNote(note, [verifier])).verified
    return cosignature === undefined ? null : cosignatureTime(cosignature.signature) * 1000
  } catch (error) {
    if (error instanceof TlogError) return null
    throw error
  }
}
