import { concatBytes } from './bytes.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { ed25519Check, ed25519Private } from './ed25519-key.ts'
import { TlogError } from './error.ts'
import { noteKey, parseNoteKey } from './note-key.ts'
import { decodeText } from './note-text.ts'
import type { NoteSigner, NoteVerifier } from './note.ts'
import { assertSize, isSize } from './size.ts'

/** The signature type of timestamped Ed25519 cosignatures (C2SP tlog-cosignature). */
export const COSIGNATURE_TYPE = 4

/** The big-endian timestamp before the signature proper, in every type of cosignature. */
const TIME_SIZE = 8
const SIGNATURE_SIZE = 64

/**
 * A cosigner of type 4 from an Ed25519 seed: its signatures are the time and an Ed25519 signature over time and
 * checkpoint (C2SP tlog-cosignature, `cosignature/v1`). `now` gives the time in whole seconds since 1970. Throws
 * `TlogError` `bad_key` as `ed25519Signer`. Signing rejects with `bad_checkpoint` for a note that is none, and with
 * `RangeError` for a time that is not a whole number from 1 on. Use a seed of its own: not that of a log, nor of a
 * cosigner with another name.
 */
export async function ed25519Cosigner(
  name: string,
  seed: Uint8Array,
  now: () => number = () => Math.floor(Date.now() / 1000),
): Promise<NoteSigner> {
  const privateKey = await ed25519Private(name, seed)
  return {
    key: noteKey(name, COSIGNATURE_TYPE, privateKey.publicKey),
    sign: async (text) => {
      parseCheckpoint(decodeText('bad_checkpoint', 'the checkpoint', text))
      const time = now()
      assertSize('the time of a cosignature', time, 1)
      return concatBytes(encodeTime(time), await privateKey.sign(cosignedMessage(time, text)))
    },
  }
}

/**
 * A verifier of a cosigner's signatures from its verifier key of type 4. Cosignatures with a time past 2^53 - 1 do not
 * verify. What the time means is for the caller, see `cosignatureTime`. Throws `TlogError` `bad_key` for a key of any
 * other type or a malformed one. Rejects as WebCrypto does where the platform has no Ed25519.
 */
export async function ed25519CosignatureVerifier(vkey: string): Promise<NoteVerifier> {
  const key = parseNoteKey(vkey)
  const check = await ed25519Check(key, COSIGNATURE_TYPE)
  return {
    key,
    verify: async (text, signature) => {
      const time = decodeTime(signature)
      if (time === null || signature.length !== TIME_SIZE + SIGNATURE_SIZE) return false
      return check(cosignedMessage(time, text), signature.subarray(TIME_SIZE))
    },
  }
}

/**
 * When a verified cosignature was made, in seconds since 1970. Throws `TlogError` `bad_note` if `signature`, the bytes
 * after the key ID, is too short to be one or the time is past 2^53 - 1.
 */
export function cosignatureTime(signature: Uint8Array): number {
  const time = decodeTime(signature)
  if (time !== null) return time
  throw new TlogError('bad_note', 'the signature is not a cosignature: it does not begin with a time of 8 bytes up to 2^53 - 1')
}

function cosignedMessage(time: number, text: Uint8Array): Uint8Array {
  return concatBytes(new TextEncoder().encode(`cosignature/v1\ntime ${time}\n`), text)
}

function encodeTime(time: number): Uint8Array {
  const bytes = new Uint8Array(TIME_SIZE)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(time))
  return bytes
}

function decodeTime(signature: Uint8Array): number | null {
  if (signature.length <= TIME_SIZE) return null
  const time = Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0))
  return isSize(time) ? time : null
}
