import { createPublicKey, verify } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addSignatures,
  cosignatureTime,
  ed25519CosignatureVerifier,
  ed25519Cosigner,
  ed25519Signer,
  ed25519Verifier,
  emptyRoot,
  formatNoteKey,
  noteKey,
  openCheckpoint,
  parseNote,
  sha256,
  signCheckpoint,
  signNote,
  verifyNote,
} from '../src/index.ts'
import { coded } from './coded.ts'
import { flipBit } from './log.ts'

const ORIGIN = 'example.com/behind-the-sofa'
const TIME = 1_679_315_147
const root = emptyRoot(sha256)
const log = await ed25519Signer(ORIGIN, new Uint8Array(32).fill(1))
const cosigner = await ed25519Cosigner('witness.example.com/w1', new Uint8Array(32).fill(2), () => TIME)
const verifier = await ed25519CosignatureVerifier(formatNoteKey(cosigner.key))
const logVerifier = await ed25519Verifier(formatNoteKey(log.key))
const note = await signCheckpoint({ origin: ORIGIN, size: 20_852_163, root }, [log, cosigner])
const { text } = parseNote(note)

/** The note with the cosigner's signature put through `change`. */
function withCosignature(change: (signature: Uint8Array) => Uint8Array): string {
  const { signatures } = parseNote(note)
  const changed = signatures.map((line) => (line.keyId === cosigner.key.id ? { ...line, signature: change(line.signature) } : line))
  return addSignatures(`${text}\n${note.slice(text.length + 1).split('\n')[0]}\n`, changed)
}

test('A cosignature is the time and an Ed25519 signature over header, time and checkpoint, as another implementation sees it.', () => {
  const { signature } = parseNote(note).signatures[1]!
  expect(signature).toHaveLength(72)
  expect(Buffer.from(signature).readBigUInt64BE()).toBe(BigInt(TIME))
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(cosigner.key.publicKey).toString('base64url') },
    format: 'jwk',
  })
  expect(verify(null, Buffer.from(`cosignature/v1\ntime ${TIME}\n${text}`), key, signature.subarray(8))).toBe(true)
})

test('The line of a cosigner in the specification is read: its time, and 64 bytes of signature.', () => {
  const line =
    '— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n'
  const { signature } = parseNote(`${text}\n${line}`).signatures[0]!
  expect(cosignatureTime(signature)).toBe(TIME)
  expect(signature).toHaveLength(72)
})

test('A cosigned checkpoint opens for the log, and its cosignature verifies with its time.', async () => {
  const opened = await openCheckpoint(note, [logVerifier], ORIGIN)
  expect(opened.unknown.map(({ name }) => name)).toEqual(['witness.example.com/w1'])
  const { verified } = await verifyNote(note, [verifier])
  expect(verified.map(({ signature }) => cosignatureTime(signature))).toEqual([TIME])
})

test('One altered bit of a cosignature, time included, keeps it from verifying.', async () => {
  for (let bit = 0; bit < 8 * 72; bit++) {
    await expect(
      verifyNote(
        withCosignature((bytes) => flipBit(bytes, bit)),
        [verifier],
      ),
      `bit ${bit}`,
    ).rejects.toThrow(coded('wrong_signature'))
  }
})

test('A cosignature is for its checkpoint alone, and of its exact length.', async () => {
  const { signatures } = parseNote(note)
  const other = parseNote(await signCheckpoint({ origin: ORIGIN, size: 20_852_164, root }, [log])).text
  const moved = addSignatures(await signNote(other, [log]), signatures.slice(1))
  await expect(verifyNote(moved, [verifier])).rejects.toThrow(coded('wrong_signature'))
  for (const change of [
    (b: Uint8Array) => b.subarray(0, 71),
    (b: Uint8Array) => b.subarray(8),
    (b: Uint8Array) => Uint8Array.of(...b, 0),
    (b: Uint8Array) => b.subarray(0, 3),
  ]) {
    await expect(verifyNote(withCosignature(change), [verifier])).rejects.toThrow(coded('wrong_signature'))
  }
})

test('A plain signature by the same key and name is none of its cosignatures, and the other way round.', async () => {
  const plain = await ed25519Signer('witness.example.com/w1', new Uint8Array(32).fill(2))
  expect(plain.key.id).not.toBe(cosigner.key.id)
  const signed = await signNote(text, [plain])
  await expect(verifyNote(signed, [verifier])).rejects.toThrow(coded('no_known_signature'))
  await expect(verifyNote(await signNote(text, [cosigner]), [await ed25519Verifier(formatNoteKey(plain.key))])).rejects.toThrow(
    coded('no_known_signature'),
  )
})

test('Cosignatures of unknown types, such as ML-DSA, are passed over.', async () => {
  const mldsa = noteKey('witness.example.com/w1', 6, new Uint8Array(1312).fill(3))
  const line = { name: mldsa.name, keyId: mldsa.id, signature: new Uint8Array(2428).fill(4) }
  const { verified, unknown } = await verifyNote(addSignatures(note, [line]), [logVerifier, verifier])
  expect(verified.map(({ name }) => name)).toEqual([ORIGIN, 'witness.example.com/w1'])
  expect(unknown).toEqual([line])
  await expect(ed25519CosignatureVerifier(formatNoteKey(mldsa))).rejects.toThrow(coded('bad_key'))
})

test('A cosigner signs checkpoints only, and at a time that is one.', async () => {
  const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value)
  await expect(cosigner.sign(utf8('hello\n'))).rejects.toThrow(coded('bad_checkpoint'))
  await expect(cosigner.sign(Uint8Array.of(0xff))).rejects.toThrow(coded('bad_checkpoint'))
  for (const time of [0, -1, 0.5, Number.NaN, 2 ** 53]) {
    const broken = await ed25519Cosigner('w', new Uint8Array(32).fill(2), () => time)
    await expect(broken.sign(utf8(text)), String(time)).rejects.toThrow(RangeError)
  }
  const now = await ed25519Cosigner('w', new Uint8Array(32).fill(2))
  expect(Math.abs(cosignatureTime(await now.sign(utf8(text))) - Date.now() / 1000)).toBeLessThan(60)
})

test('Any time up to 2^53 - 1 is signed and read, and none past it.', async () => {
  await fc.assert(
    fc.asyncProperty(fc.maxSafeNat(), async (time) => {
      const timed = await ed25519Cosigner('w', new Uint8Array(32).fill(2), () => Math.max(1, time))
      const { verified } = await verifyNote(await signNote(text, [timed]), [await ed25519CosignatureVerifier(formatNoteKey(timed.key))])
      expect(cosignatureTime(verified[0]!.signature)).toBe(Math.max(1, time))
    }),
    { numRuns: 30 },
  )
  const late = Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0, ...new Uint8Array(64))
  for (const bytes of [late, new Uint8Array(72).fill(255), new Uint8Array(8), new Uint8Array()]) {
    expect(() => cosignatureTime(bytes)).toThrow(coded('bad_note'))
  }
})

test('Keys of other types or lengths and malformed seeds are refused.', async () => {
  for (const key of [log.key, noteKey('w', 4, new Uint8Array(31)), noteKey('w', 5, new Uint8Array(32))]) {
    await expect(ed25519CosignatureVerifier(formatNoteKey(key))).rejects.toThrow(coded('bad_key'))
  }
  await expect(ed25519Cosigner('w', new Uint8Array(31))).rejects.toThrow(coded('bad_key'))
  await expect(ed25519Cosigner('a b', new Uint8Array(32))).rejects.toThrow(coded('bad_key'))
})
