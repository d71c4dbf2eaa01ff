import { naiveRoot, nativeSha256, type Bytes } from './naive-tree.ts'

/**
 * The tiles and entry bundles of C2SP tlog-tiles by their definitions, over the whole list of entries: shares no code
 * with the package.
 */
export function naiveTiles(entries: readonly Bytes[]): Map<string, Bytes> {
  const tiles = new Map<string, Bytes>()
  const levels = ['entries' as const, ...[0, 1, 2].filter((level) => 256 ** level <= entries.length)]
  for (const level of levels) {
    const hashes = level === 'entries' ? entries.length : Math.floor(entries.length / 256 ** level)
    for (let n = 0; n * 256 < hashes; n++) {
      const width = Math.min(256, hashes - n * 256)
      tiles.set(naivePath(String(level), n, width), naiveTile(entries, level, n, width))
    }
  }
  return tiles
}

/** The n-th tile of a level, or bundle, with its first `width` hashes or entries. */
export function naiveTile(entries: readonly Bytes[], level: number | 'entries', n: number, width: number): Bytes {
  const each = level === 'entries' ? 1 : 256 ** level
  const parts = Array.from({ length: width }, (_, i) => entries.slice((n * 256 + i) * each, (n * 256 + i + 1) * each))
  const bytes = parts.flatMap((part) =>
    level === 'entries' ? [Buffer.of(part[0]!.length >> 8, part[0]!.length & 255), part[0]!] : [naiveRoot(part)],
  )
  return new Uint8Array(Buffer.concat(bytes))
}

export function naivePath(level: string, n: number, width: number): string {
  const digits = String(n).padStart(3 * Math.ceil(String(n).length / 3), '0')
  const groups = digits.match(/.{3}/g)!
  return `tile/${level}/${groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/')}${width < 256 ? `.p/${width}` : ''}`
}

/** The head of a tree as the package takes it. */
export function naiveHead(entries: readonly Bytes[]): { size: number; root: Bytes } {
  return { size: entries.length, root: entries.length === 0 ? nativeSha256(new Uint8Array()) : naiveRoot(entries) }
}
