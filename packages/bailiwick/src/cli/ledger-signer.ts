import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ed25519Signer, formatNoteKey } from '@bailiwick/tlog'
import type { NoteSigner } from '@bailiwick/tlog'
import { readOrCreateSeed, readSeed, replaceSeed } from '../authority/key-file.ts'
import { keyHandedTo } from '../ledger/ledger-keys.ts'
import type { LedgerStore } from '../ledger/ledger-store.ts'

/** The files of the ledger's key, and of the one that is to take its place. */
export interface LedgerKeyFiles {
  readonly current: string
  readonly next: string
}

export function ledgerKeyFiles(keys: string): LedgerKeyFiles {
  return { current: join(keys, 'ledger.key'), next: join(keys, 'ledger.next.key') }
}

/**
 * What signs the ledger's heads now. Where an entry has handed over to the next key and the process that did so ended before it had put that key in its
 * place, this does it.
 * @throws BailiwickError `KEY_FILE` as {@link readSeed} does
 */
export async function ledgerSigner({ current, next }: LedgerKeyFiles, origin: string, store: LedgerStore): Promise<NoteSigner> {
  const own = await ed25519Signer(origin, readOrCreateSeed(current))
  const handed = await keyHandedTo(store)
  if (handed === null || handed === formatNoteKey(own.key) || !existsSync(next)) return own
  const successor = await ed25519Signer(origin, readSeed(next))
  if (handed !== formatNoteKey(successor.key)) return own
  replaceSeed(current, next)
  return successor
}
