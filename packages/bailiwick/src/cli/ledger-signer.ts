import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { formatNoteKey, noteKey } from '@bailiwick/tlog'
import type { NoteKey, NoteSigner } from '@bailiwick/tlog'
import type { KeyDevices } from '../authority/key-devices.ts'
import { replaceSeed } from '../authority/key-file.ts'
import { keptKey, keptOrNewKey, publicHalfOf } from '../authority/kept-key.ts'
import type { SigningKey } from '../authority/signing-key.ts'
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

/** The type of Ed25519 signatures over the text of a note (C2SP signed-note). */
const ed25519 = 1

/** A key as what signs the heads of the log of that origin. */
export function noteSigner(origin: string, key: SigningKey): NoteSigner {
  return { key: noteKeyOf(origin, key.x), sign: (text) => key.sign(text) }
}

/** The verifier key (C2SP signed-note) of the log of that origin that a key file holds, or refers to. @throws BailiwickError `KEY_FILE` as {@link keptKey} does */
export function verifierKeyIn(file: string, origin: string): string {
  return formatNoteKey(noteKeyOf(origin, publicHalfOf(file)))
}

function noteKeyOf(origin: string, x: string): NoteKey {
  return noteKey(origin, ed25519, Buffer.from(x, 'base64url'))
}

/**
 * What signs the ledger's heads now. Where an entry has handed over to the next key and the process that did so ended before it had put that key in its
 * place, this does it.
 * @throws BailiwickError `KEY_FILE` as {@link keptKey} does
 */
export async function ledgerSigner(
  { current, next }: LedgerKeyFiles,
  origin: string,
  store: LedgerStore,
  devices: Pick<KeyDevices, 'open'>,
): Promise<NoteSigner> {
  const own = noteSigner(origin, keptOrNewKey(current, devices))
  const handed = await keyHandedTo(store)
  if (handed === null || handed === formatNoteKey(own.key) || !existsSync(next)) return own
  const successor = noteSigner(origin, keptKey(next, devices))
  if (handed !== formatNoteKey(successor.key)) return own
  replaceSeed(current, next)
  return successor
}
