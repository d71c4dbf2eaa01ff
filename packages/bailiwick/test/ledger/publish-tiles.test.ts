import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifyTiles } from '@bailiwick/tlog'
import { DirectoryTiles } from '@bailiwick/tlog/node'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { publishTiles } from '../../src/ledger/publish-tiles.ts'
import { nodeSha256 } from '../../src/ledger/node-sha256.ts'
import { fill, ledgerKeys, note, ScratchLedger } from './scratch-ledger.ts'

let scratch: ScratchLedger
let folder = ''
beforeEach(async () => {
  scratch = new ScratchLedger()
  folder = join(scratch.folder, 'published')
  await fill(scratch.open().ledger)
  await scratch.close()
})
afterEach(() => scratch.remove())

const published = (entries = true): Promise<number> =>
  publishTiles({ store: scratch.open('publisher').store, keys: ledgerKeys, tiles: new DirectoryTiles(folder), entries })
async function grow(count: number): Promise<void> {
  const { ledger } = scratch.open('gateway')
  await Promise.all(Array.from({ length: count }, (_, index) => ledger.append(note(`more ${index}`))))
  await scratch.close()
}
const files = (): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('tmp'))
    .sort()

test('The copy is a tiled log that verifies, and grows with the ledger, across full tiles.', async () => {
  let size = 5
  expect(await published()).toBe(size)
  for (const more of [1, 250, 0, 1, 600, 5000]) {
    await grow(more)
    size += more
    expect(await published()).toBe(size)
    const head = await ledgerKeys.open(readFileSync(join(folder, 'checkpoint'), 'utf8'))
    expect(head.size).toBe(size)
    expect(await verifyTiles(nodeSha256, new DirectoryTiles(folder), head)).toMatchObject({ entries: size })
  }
  expect(files()).toContain('tile/entries/000')
})

test('Without entries there are hashes alone, and the copy goes on growing.', async () => {
  expect(await published(false)).toBe(5)
  await grow(700)
  expect(await published(false)).toBe(705)
  expect(files().filter((name) => name.startsWith('tile/entries'))).toEqual([])
  expect(files()).toContain('tile/0/001')
})

test.each<[string, string, RegExp]>([
  [
    'its end was taken away',
    'DELETE FROM entries WHERE seq > 2; DELETE FROM nodes WHERE level = 0 AND idx > 2; DELETE FROM heads',
    /was published|were published, and there are 3/,
  ],
  ['an older copy of the store was put back', `DELETE FROM heads; DELETE FROM entries WHERE seq > 2`, /its end was taken away since/],
  ['it was rewritten', 'UPDATE nodes SET hash = zeroblob(32) WHERE level = 2', /it was rewritten since/],
])('Nothing is added to the copy of a ledger when %s.', async (_, sql, problem) => {
  await published()
  const before = readFileSync(join(folder, 'checkpoint'), 'utf8')
  await scratch.tamper((file) => file.exec(sql))
  await expect(published()).rejects.toMatchObject({ code: 'LEDGER_CORRUPT', message: expect.stringMatching(problem) as string })
  expect(readFileSync(join(folder, 'checkpoint'), 'utf8')).toBe(before)
})

test('What was published is not trusted: another checkpoint, or an altered tile at the edge, is refused.', async () => {
  await published()
  await grow(3)
  const tile = join(folder, 'tile/0/000.p/5')
  const bytes = readFileSync(tile)
  writeFileSync(
    tile,
    bytes.map((byte, index) => (index === 40 ? byte ^ 1 : byte)),
  )
  await expect(published()).rejects.toMatchObject({
    code: 'LEDGER_CORRUPT',
    message: expect.stringContaining('cannot be continued') as string,
  })
  writeFileSync(tile, bytes)
  expect(await published()).toBe(8)
  const checkpoint = join(folder, 'checkpoint')
  writeFileSync(checkpoint, readFileSync(checkpoint, 'utf8').replace('corp.example/ledger\n', 'evil.example/ledger\n'))
  await expect(published()).rejects.toMatchObject({
    code: 'LEDGER_CORRUPT',
    message: expect.stringContaining('no copy of this ledger') as string,
  })
})
