import { ed25519Cosigner, ed25519Signer, formatNoteKey, noteKey, type NoteSigner } from '../src/index.ts'

export const ORIGIN = 'example.com/log'
export const log: NoteSigner = await ed25519Signer(ORIGIN, new Uint8Array(32).fill(1))
/** Six witnesses, W0 to W5. */
export const witnesses: readonly NoteSigner[] = await Promise.all(
  Array.from({ length: 6 }, async (_, i) => ed25519Cosigner(`w${i}.example.com`, new Uint8Array(32).fill(10 + i))),
)
export const logLine = `log ${formatNoteKey(log.key)}\n`
export const witnessLines: readonly string[] = witnesses.map(({ key }, i) => `witness W${i} ${formatNoteKey(key)}\n`)
export const mldsaVkey: string = formatNoteKey(noteKey('pq.example.com', 6, new Uint8Array(1312).fill(3)))
