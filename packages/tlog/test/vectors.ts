import { fromHex, toHex } from './log.ts'
import { naiveKey } from './naive-key.ts'
import { naivePath, naiveProof, naiveRoot } from './naive-tree.ts'

/**
 * The test vectors in `conformance/tlog.json`. Bytes are lower-case hexadecimal. They come from the naive definitions and
 * node:crypto, not from the package they test.
 */
export interface Vectors {
  readonly about: string
  readonly entries: readonly string[]
  readonly leafHashes: readonly string[]
  readonly roots: readonly { readonly size: number; readonly root: string }[]
  readonly inclusion: readonly { readonly index: number; readonly size: number; readonly proof: readonly string[] }[]
  readonly consistency: readonly {
    readonly first: number
    readonly second: number
    readonly proof: readonly string[]
  }[]
  readonly checkpoint: {
    readonly seed: string
    readonly vkey: string
    readonly origin: string
    readonly size: number
    readonly root: string
    readonly note: string
  }
}

const ENTRIES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']

export function vectors(): Vectors {
  const entries = ENTRIES.map(fromHex)
  const sizes = entries.map((_, i) => i + 1)
  return {
    about:
      'RFC 6962 Merkle tree of eight entries: the root of every size, the audit path of every leaf at every size from ' +
      'the leaf up, the consistency proof of every pair of sizes, and a C2SP tlog-checkpoint signed with Ed25519. ' +
      'Bytes are hexadecimal.',
    entries: ENTRIES,
    leafHashes: entries.map((entry) => toHex(naiveRoot([entry]))),
    roots: [0, ...sizes].map((size) => ({ size, root: toHex(naiveRoot(entries.slice(0, size))) })),
    inclusion: sizes.flatMap((size) =>
      sizes.slice(0, size).map((_, index) => ({
        index,
        size,
        proof: naivePath(index, entries.slice(0, size)).map(toHex),
      })),
    ),
    consistency: sizes.flatMap((second) =>
      sizes.slice(0, second).map((first) => ({
        first,
        second,
        proof: naiveProof(first, entries.slice(0, second)).map(toHex),
      })),
    ),
    checkpoint: checkpoint(entries.length, naiveRoot(entries)),
  }
}

function checkpoint(size: number, root: Uint8Array): Vectors['checkpoint'] {
  const origin = 'example.com/conformance'
  const seed = '00'.repeat(31) + '01'
  const key = naiveKey(origin, seed)
  const text = `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
  return {
    seed,
    vkey: key.vkey,
    origin,
    size,
    root: toHex(root),
    note: `${text}\n${key.line(text)}`,
  }
}
