import { afterEach, beforeEach, expect, test } from 'vitest'
import { LedgerTiles } from '../../src/ledger/ledger-tiles.ts'
import { fill, ScratchLedger } from './scratch-ledger.ts'

let scratch: ScratchLedger
beforeEach(async () => {
  scratch = new ScratchLedger()
  await fill(scratch.open().ledger)
  await scratch.close()
})
afterEach(() => scratch.remove())

test.each([
  ['an entry', 'tile/entries/000.p/5', 'DELETE FROM entries WHERE seq = 2'],
  ['a hash', 'tile/0/000.p/5', 'DELETE FROM nodes WHERE level = 0 AND idx = 2'],
])('A tile that lacks %s is not given out shorter than it says.', async (_, path, sql) => {
  const tiles = new LedgerTiles(scratch.open('reader').store)
  expect(await tiles.read(path)).not.toBeNull()
  await scratch.tamper((database) => database.exec(sql))
  await expect(tiles.read(path)).rejects.toMatchObject({
    code: 'LEDGER_CORRUPT',
    message: `\`${path}\` is not whole: 3 of 5 are missing from the store`,
  })
})
