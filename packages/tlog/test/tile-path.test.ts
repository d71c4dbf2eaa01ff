import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTilePath, tilePath, tilePlaces, tileWidth, type TilePlace } from '../src/index.ts'
import { coded } from './coded.ts'
import { naivePath } from './naive-tiles.ts'

const place: fc.Arbitrary<TilePlace> = fc.record({
  level: fc.oneof(fc.constant('entries' as const), fc.nat(63)),
  index: fc.oneof(fc.nat(2_000_000), fc.maxSafeNat()),
  width: fc.integer({ min: 1, max: 256 }),
})

test('The paths of the specification are written and read.', () => {
  const examples: [string, TilePlace][] = [
    ['tile/0/000', { level: 0, index: 0, width: 256 }],
    ['tile/0/x001/x234/067', { level: 0, index: 1_234_067, width: 256 }],
    ['tile/0/273.p/112', { level: 0, index: 273, width: 112 }],
    ['tile/entries/x001/000.p/1', { level: 'entries', index: 1000, width: 1 }],
    ['tile/63/x009/x007/x199/x254/x740/991', { level: 63, index: Number.MAX_SAFE_INTEGER, width: 256 }],
  ]
  for (const [path, expected] of examples) {
    expect(tilePath(expected)).toBe(path)
    expect(parseTilePath(path)).toEqual(expected)
  }
})

test('Every place has one path, that of the definition, and is read back from it.', () => {
  fc.assert(
    fc.property(place, (at) => {
      const path = tilePath(at)
      expect(path).toBe(naivePath(String(at.level), at.index, at.width))
      expect(parseTilePath(path)).toEqual(at)
    }),
  )
})

test('Any other spelling of a path is refused.', () => {
  const refused = [
    '',
    'checkpoint',
    'tile',
    'tile/0',
    'tile/0/',
    'tile/0/0',
    'tile/0/00',
    'tile/0/0000',
    '/tile/0/000',
    'tile/0/000/',
    'tile/00/000',
    'tile/01/000',
    'tile/64/000',
    'tile/100/000',
    'tile/-1/000',
    'tile/0/-01',
    'tile/0/x000/000',
    'tile/0/x000/001',
    'tile/0/001/000',
    'tile/0/x001/x000',
    'tile/0/x001',
    'tile/0/X001/000',
    'tile/0/x9007/199',
    'tile/0/x009/x007/x199/x254/x740/992',
    'tile/0/x999/x999/x999/x999/x999/999',
    'tile/0/x001/x001/x001/x001/x001/x001/001',
    'tile/0/000.p',
    'tile/0/000.p/',
    'tile/0/000.p/0',
    'tile/0/000.p/01',
    'tile/0/000.p/256',
    'tile/0/000.p/257',
    'tile/0/000.p/1000',
    'tile/0/000.p/1/2',
    'tile/0/000.P/1',
    'tile/0/000\n',
    'tile/0/../000',
    'tile/entries/../../000',
    'tile/data/000',
    'tile/entries',
    'tile/0/٠٠٠',
    `tile/0/${'x001/'.repeat(100_000)}001`,
  ]
  for (const path of refused) expect(() => parseTilePath(path), path.slice(0, 60)).toThrow(coded('bad_path'))
})

test('An altered character of a path leads to another place or to none.', () => {
  fc.assert(
    fc.property(place, fc.nat(40), fc.string({ minLength: 1, maxLength: 1 }), (at, position, char) => {
      const path = tilePath(at)
      const altered = path.slice(0, position % path.length) + char + path.slice((position % path.length) + 1)
      fc.pre(altered !== path)
      let read: TilePlace | null = null
      try {
        read = parseTilePath(altered)
      } catch (error) {
        expect(error).toEqual(coded('bad_path'))
      }
      expect(read).not.toEqual(at)
    }),
  )
})

test('Places out of range have no path.', () => {
  for (const part of [{ level: -1 }, { level: 64 }, { level: 0.5 }, { index: -1 }, { index: 2 ** 53 }, { width: 0 }, { width: 257 }]) {
    expect(() => tilePath({ level: 0, index: 0, width: 256, ...part }), JSON.stringify(part)).toThrow(RangeError)
  }
})

test('A tree of 70,000 leaves has the tiles that the specification counts.', () => {
  const places = [...tilePlaces(70_000)]
  const of = (level: TilePlace['level'], full: boolean): TilePlace[] =>
    places.filter((at) => at.level === level && (at.width === 256) === full)
  expect(of(0, true)).toHaveLength(273)
  expect(of(0, false)).toEqual([{ level: 0, index: 273, width: 112 }])
  expect(of(1, true)).toHaveLength(1)
  expect(of(1, false)).toEqual([{ level: 1, index: 1, width: 17 }])
  expect(of(2, false)).toEqual([{ level: 2, index: 0, width: 1 }])
  expect(of('entries', true)).toHaveLength(273)
  expect(of('entries', false)).toEqual([{ level: 'entries', index: 273, width: 112 }])
  expect(places).toHaveLength(551)
  expect([...tilePlaces(0)]).toEqual([])
  expect([...tilePlaces(256)].map(tilePath)).toEqual(['tile/0/000', 'tile/1/000.p/1', 'tile/entries/000'])
})

test('The widest tree ends at level 6.', () => {
  expect(tileWidth(6, 0, Number.MAX_SAFE_INTEGER)).toBe(31)
  expect(tileWidth(7, 0, Number.MAX_SAFE_INTEGER)).toBe(0)
  expect(tileWidth(0, 35_184_372_088_831, Number.MAX_SAFE_INTEGER)).toBe(255)
})
