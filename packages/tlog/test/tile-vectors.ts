import { countingEntries, toHex } from './log.ts'
import { naiveHead, naivePath, naiveTile, naiveTiles } from './naive-tiles.ts'
import { nativeSha256 } from './naive-tree.ts'

/** The test vectors in `conformance/tlog-tiles.json`, by the definitions of C2SP tlog-tiles and not by the package they test. */
export interface TileVectors {
  readonly about: string
  readonly paths: readonly { readonly level: number | 'entries'; readonly index: number; readonly width: number; readonly path: string }[]
  readonly refusedPaths: readonly string[]
  readonly bundles: readonly { readonly entries: readonly string[]; readonly bytes: string }[]
  readonly refusedBundles: readonly { readonly width: number; readonly bytes: string }[]
  readonly logs: readonly {
    readonly size: number
    readonly root: string
    readonly tiles: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[]
  }[]
}

const PLACES: readonly (readonly [level: number | 'entries', index: number, width: number])[] = [
  [0, 0, 256],
  [0, 0, 1],
  [0, 999, 255],
  [0, 1000, 256],
  [1, 1_234_067, 256],
  [2, 999_999, 17],
  [63, 1_000_000, 256],
  [6, 9_007_199_254_740_991, 30],
  ['entries', 0, 256],
  ['entries', 273, 112],
  ['entries', 123_456_789, 256],
]

export function tileVectors(): TileVectors {
  return {
    about:
      'C2SP tlog-tiles: paths of tiles and entry bundles, other spellings that are refused, entry bundles, and every resource of ' +
      'logs whose entries are 0, 1, 2 and so on as decimal text, with its length and SHA-256. Bytes are hexadecimal. A place of ' +
      'width 256 is full. A refused bundle is none of its width.',
    paths: PLACES.map(([level, index, width]) => ({ level, index, width, path: naivePath(String(level), index, width) })),
    refusedPaths: [
      'tile/0/0',
      'tile/0/0000',
      'tile/00/000',
      'tile/64/000',
      'tile/0/x000/001',
      'tile/0/001/000',
      'tile/0/x001',
      'tile/0/000.p/0',
      'tile/0/000.p/01',
      'tile/0/000.p/256',
      '/tile/0/000',
      'tile/0/000/',
      'tile/0/../000',
      'tile/data/000',
    ],
    bundles: [['00'], ['', '0102', ''], ['ff'.repeat(300)]].map((entries) => {
      const bytes = naiveTile(
        entries.map((hex) => new Uint8Array(Buffer.from(hex, 'hex'))),
        'entries',
        0,
        entries.length,
      )
      return { entries, bytes: toHex(bytes) }
    }),
    refusedBundles: [
      { width: 1, bytes: '' },
      { width: 1, bytes: '00' },
      { width: 1, bytes: '0002ff' },
      { width: 1, bytes: '0001ff00' },
      { width: 2, bytes: '0001ff' },
      { width: 1, bytes: '0001ff0000' },
    ],
    logs: [1, 255, 256, 257, 600].map((size) => {
      const entries = countingEntries(size)
      const tiles = [...naiveTiles(entries)].map(([path, bytes]) => ({ path, bytes: bytes.length, sha256: toHex(nativeSha256(bytes)) }))
      return { size, root: toHex(naiveHead(entries).root), tiles }
    }),
  }
}
