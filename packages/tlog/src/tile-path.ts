import { TlogError } from './error.ts'
import { assertSize, isSize } from './size.ts'
import { TILE_WIDTH } from './tile.ts'

/** The greatest level that C2SP tlog-tiles gives a path; trees of up to 2^53 - 1 leaves end at level 6. */
const MAX_LEVEL = 63

/**
 * Where a tile of hashes (by its level) or a bundle of entries is: the `index`-th of its level, with `width` hashes or
 * entries from 1 to 256. Below 256 it is partial, and the last of its level.
 */
export interface TilePlace {
  readonly level: number | 'entries'
  readonly index: number
  readonly width: number
}

/**
 * The path of a tile, `tile/<L>/<N>[.p/<W>]`, or of an entry bundle, `tile/entries/<N>[.p/<W>]`, without a slash in
 * front (C2SP tlog-tiles). N is written as in `x001/x234/067`. Throws `RangeError` for a place out of range.
 */
export function tilePath({ level, index, width }: TilePlace): string {
  if (level !== 'entries') assertSize('the tile level', level, 0, MAX_LEVEL)
  assertSize('the tile index', index)
  assertSize('the tile width', width, 1, TILE_WIDTH)
  const groups = [index % 1000]
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) groups.unshift(rest % 1000)
  const path = groups.map((group, i) => `${i < groups.length - 1 ? 'x' : ''}${String(group).padStart(3, '0')}`).join('/')
  return `tile/${level}/${path}${width < TILE_WIDTH ? `.p/${width}` : ''}`
}

/** Reads a path as `tilePath` writes it, and no other spelling of it. Throws `TlogError` `bad_path`. */
export function parseTilePath(path: string): TilePlace {
  const form = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/
  const [, levelText, digits, widthText] = form.exec(path) ?? []
  if (levelText !== undefined && digits !== undefined) {
    const level: TilePlace['level'] = levelText === 'entries' ? levelText : Number(levelText)
    const index = Number(digits.replaceAll(/[x/]/g, ''))
    const width = widthText === undefined ? TILE_WIDTH : Number(widthText)
    const inRange = (level === 'entries' || level <= MAX_LEVEL) && isSize(index) && width <= TILE_WIDTH
    const place = { level, index, width }
    if (inRange && tilePath(place) === path) return place
  }
  throw new TlogError('bad_path', `\`${path.slice(0, 200)}\` is not the path of a tile or an entry bundle`)
}

/**
 * How many hashes tile `index` of the level has in a tree of `size` leaves, or how many entries the bundle: 256 if it is
 * full, less if it is partial, 0 if there is none.
 */
export function tileWidth(level: number | 'entries', index: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** (level === 'entries' ? 0 : level))
  return Math.min(TILE_WIDTH, Math.max(0, hashes - index * TILE_WIDTH))
}

/** Every tile and entry bundle of the tree of `size` leaves, by level and index, bundles last. Throws `RangeError`. */
export function* tilePlaces(size: number): Generator<TilePlace, void, undefined> {
  assertSize('the tree size', size)
  for (let level = 0; tileWidth(level, 0, size) > 0; level++) yield* placesOf(level, size)
  yield* placesOf('entries', size)
}

function* placesOf(level: number | 'entries', size: number): Generator<TilePlace, void, undefined> {
  for (let index = 0; ; index++) {
    const width = tileWidth(level, index, size)
    if (width === 0) return
    yield { level, index, width }
  }
}
