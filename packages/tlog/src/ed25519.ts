import { ed25519Check, ed25519Private } from './ed25519-key.ts'
import { noteKey, parseNoteKey } from './note-key.ts'
import type { NoteSigner, NoteVerifier } from './note.ts'

/** The signature type of Ed25519 over the note text (C2SP signed-note). */
const TYPE = 1

/**
 * A note signer of type 1 from an Ed25519 seed: the 32-byte private key of RFC 8032. Throws `TlogError` `bad_key` for a
 * malformed name or seed, and rejects as WebCrypto does where the platform has no Ed25519.
 */
export async function ed25519Signer(name: string, seed: Uint8Array): Promise<NoteSigner> {
  const privateKey = await ed25519Private(name, seed)
  return { key: noteKey(name, TYPE, privateKey.publicKey), sign: async (text) => privateKey.sign(text) }
}

/** A note verifier from a verifier key of type 1. Throws `TlogError` `bad_key` for any other or a malformed one. Rejects as WebCrypto does where the platform has no Ed25519. */
export async function ed25519Verifier(vkey: string): Promise<NoteVerifier> {
  const key = parseNoteKey(vkey)
  return { key, verify: await ed25519Check(key, TYPE) }
}
