import { expect, onTestFinished, test } from 'vitest'
import { readHistory } from '../../src/assess/history.ts'
import { lastRecordedItems, recordInventory } from '../../src/assess/inventory/recorded.ts'
import type { Inventory } from '../../src/assess/inventory/inventory.ts'
import type { NewEntry } from '../../src/ledger/entry.ts'
import { decision, digestOf, note, outcome, ScratchLedger } from '../ledger/scratch-ledger.ts'

function scratch(): ScratchLedger {
  const ledger = new ScratchLedger()
  onTestFinished(() => ledger.remove())
  return ledger
}

const start = Date.UTC(2026, 0, 15, 12)

test('The ledger tells of each agent what it did, what was refused, what people were asked, and what it used last.', async () => {
  let now = start
  const { ledger, store } = scratch().open('gateway-1', () => now)
  const at = async (seconds: number, entry: NewEntry): Promise<void> => {
    now = start + seconds * 1000
    await ledger.append(entry)
  }
  const approval = (id: string, event: 'asked' | 'approved' | 'expired'): NewEntry => ({
    type: 'approval',
    approval: id,
    event,
    hash: digestOf('cc'),
    session: 'ses_1',
    tool: 'mail.send',
    approver: null,
    signature: null,
    rationale: null,
  })
  await at(0, { ...decision('call_1'), response: 'ask' } as NewEntry)
  await at(1, approval('apr_1', 'asked'))
  await at(3, approval('apr_1', 'approved'))
  await at(4, decision('call_1'))
  await at(5, { ...outcome('call_1'), status: 'unknown', result: null } as NewEntry)
  await at(6, approval('apr_2', 'asked'))
  await at(20, approval('apr_2', 'approved'))
  await at(21, approval('apr_3', 'asked'))
  await at(99, approval('apr_3', 'expired'))
  await at(100, { ...decision('call_2'), response: 'deny', tier: 'T1', tool: 'files.delete', approval: null } as NewEntry)
  await at(101, { ...decision('call_3'), observed: 'deny', tier: 'T1', tool: 'files.read', approval: null } as NewEntry)
  await at(102, { ...decision('call_4'), agent: 'other', session: 'ses_2', response: 'deny', tier: 'T2', approval: null } as NewEntry)
  await at(103, { ...note('mail.send'), event: 'withheld' } as NewEntry)
  await at(104, { ...note('mail.other'), event: 'withheld', session: 'ses_unknown' } as NewEntry)
  const { agents, since } = await readHistory(store)
  expect(since).toBe(start)
  expect(agents.get('clerk')).toEqual({
    calls: 3,
    beyond: 2,
    unknown: 1,
    questions: 3,
    expired: 1,
    approved: 2,
    hasty: 1,
    withheld: new Set(['mail.send']),
    lastUse: new Map([
      ['mail.send', start + 4000],
      ['files.read', start + 101_000],
    ]),
    first: start,
    last: start + 103_000,
  })
  expect(agents.get('other')).toMatchObject({ calls: 1, beyond: 0, lastUse: new Map() })
})

test('A recorded inventory whose items were exchanged behind the ledger’s back is not compared with, and the ledger does not verify.', async () => {
  const kept = scratch()
  const { ledger, store } = kept.open()
  expect(await lastRecordedItems(store)).toBeNull()
  const inventory: Inventory = {
    taken: '',
    trustDomain: null,
    agents: [],
    tools: [],
    servers: [],
    frameworks: [],
    delegated: [],
    findings: [],
  }
  const framework = { framework: 'CrewAI', package: 'crewai', version: '1', file: 'requirements.txt' }
  await recordInventory(ledger, inventory)
  await recordInventory(ledger, { ...inventory, frameworks: [framework] })
  expect(Object.keys((await lastRecordedItems(store)) ?? {})).toEqual(['the framework `crewai` in requirements.txt'])
  await kept.close()
  expect((await kept.verify()).ok).toBe(true)
  await kept.tamper((database) => database.exec('UPDATE vault SET body = zeroblob(60)'))
  expect((await kept.verify()).ok).toBe(false)
  await expect(lastRecordedItems(kept.open().store)).rejects.toThrow(/not the one that was recorded/)
})
