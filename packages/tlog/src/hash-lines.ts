import { decodeBase64, encodeBase64 } from './base64.ts'
import { TlogError, type TlogErrorCode } from './error.ts'
import { assertHash, isHash } from './hash.ts'

/** The most hashes that the text of a proof may have; no proof of a tree of up to 2^63 leaves has more. */
const MAX_PROOF_HASHES = 63

/** One line of base64 for each hash. Throws `RangeError` if one is not 32 bytes, `TlogError` with `code` if there are over 63. */
export function formatHashLines(code: TlogErrorCode, hashes: readonly Uint8Array[]): string {
  assertProofLength(code, hashes.length)
  return hashes
    .map((hash, i) => {
      assertHash(`hash ${i} of the proof`, hash)
      return `${encodeBase64(hash)}\n`
    })
    .join('')
}

/** The hashes of lines of base64. Throws `TlogError` with `code` if one is not 32 bytes in base64, or there are over 63. */
export function parseHashLines(code: TlogErrorCode, lines: readonly string[]): Uint8Array[] {
  assertProofLength(code, lines.length)
  return lines.map((line) => {
    const hash = decodeBase64(line)
    if (isHash(hash)) return hash
    throw new TlogError(code, `line \`${line.slice(0, 200)}\` is not a hash: the base64 of 32 bytes`)
  })
}

function assertProofLength(code: TlogErrorCode, length: number): void {
  if (length <= MAX_PROOF_HASHES) return
  throw new TlogError(code, `a proof has at most ${MAX_PROOF_HASHES} hashes, got \`${length}\``)
}
