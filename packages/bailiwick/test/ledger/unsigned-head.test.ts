import { formatNoteKey } from '@bailiwick/tlog'
import { expect, onTestFinished, test, vi } from 'vitest'
import { commit } from '../../src/ledger/commitment.ts'
import type { NewEntry } from '../../src/ledger/entry.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { SqliteDatabase } from '../../src/storage/sqlite/sqlite-database.ts'
import { SqliteLedgerStore } from '../../src/storage/sqlite/sqlite-ledger-store.ts'
import { decision, ledgerKey, note, scratchCipher, scratchSigner, ScratchLedger } from './scratch-ledger.ts'

/** Entries that say what a call was decided to be, with what they commit to. */
function decided(call: string, response: 'allow' | 'deny' = 'allow'): Parameters<Ledger['append']> {
  const args = commit({ call })
  return [{ ...decision(call, args), response, aarm: response === 'allow' ? 'ALLOW' : 'DENY' } as NewEntry, [args.payload]]
}

/** A ledger whose key can be taken away and put back. */
function withLooseKey(): { ledger: Ledger; scratch: ScratchLedger; faults: Error[]; key: { there: boolean } } {
  const scratch = new ScratchLedger()
  const database = new SqliteDatabase(scratch.path)
  const faults: Error[] = []
  const key = { there: true }
  const sign = async (text: Uint8Array): Promise<Uint8Array> => {
    if (!key.there) throw new Error('the key is gone')
    return scratchSigner.sign(text)
  }
  const ledger = new Ledger({
    store: new SqliteLedgerStore(database, scratchCipher()),
    signer: async () => ({ key: scratchSigner.key, sign }),
    instance: 'gateway-1',
    clock: Date.now,
    onFault: (error) => faults.push(error as Error),
  })
  onTestFinished(async () => {
    key.there = true
    await ledger.close()
    database.close()
    await scratch.remove()
  })
  return { ledger, scratch, faults, key }
}

test('While no head can be signed nothing is let through, and it is said once why; once one can be, calls are let through again.', async () => {
  expect(formatNoteKey(scratchSigner.key)).toBe(ledgerKey)
  const { ledger, scratch, faults, key } = withLooseKey()
  await ledger.append(...decided('call_1'))
  key.there = false
  await ledger.append(...decided('call_2'))
  await vi.waitFor(() => expect(faults.map(({ message }) => message)).toEqual(['the key is gone']), 5000)

  await expect(ledger.append(...decided('call_3'))).rejects.toMatchObject({
    code: 'LEDGER_UNSIGNED',
    message: expect.stringContaining('the key is gone') as string,
  })
  // What lets nothing through is recorded all the same: refusals, and what people do.
  expect(await ledger.append(...decided('call_4', 'deny'))).toBe(2)
  expect(await ledger.append(note('seen'))).toBe(3)
  await new Promise((resolve) => setTimeout(resolve, 1200))
  expect(faults).toHaveLength(1)

  key.there = true
  await vi.waitFor(async () => expect(await ledger.append(...decided('call_5'))).toBe(4), 5000)
  await ledger.signHead()
  expect(await scratch.verify()).toMatchObject({ problems: [], signed: 5 })
})

test('A ledger that is closed while no head can be signed says so, and tries no more.', async () => {
  const { ledger, faults, key } = withLooseKey()
  key.there = false
  await ledger.append(note('one'))
  await vi.waitFor(() => expect(faults).toHaveLength(1), 5000)
  await expect(ledger.close()).rejects.toThrow('the key is gone')
  await new Promise((resolve) => setTimeout(resolve, 1200))
  expect(faults).toHaveLength(1)
})
