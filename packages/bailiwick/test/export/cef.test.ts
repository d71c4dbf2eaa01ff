import { afterAll, beforeAll, expect, test } from 'vitest'
import { cefLine } from '../../src/ledger/export/cef.ts'
import type { ExportRecord } from '../../src/ledger/export/export-record.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'
import { readCef } from './read-cef.ts'
import { fillWithEverything, hostile, recordsOf } from './told-ledger.ts'

const scratch = new ScratchLedger()
let records: ExportRecord[]

beforeAll(async () => {
  const { ledger, store } = scratch.open()
  await fillWithEverything(ledger)
  records = await recordsOf(store)
})
afterAll(() => scratch.remove())

const responseOf = ({ entry }: ExportRecord): string | null => (entry.type === 'decision' ? entry.response : null)
const find = (response: string, nth = 0): ReturnType<typeof readCef> =>
  readCef(cefLine(records.filter((record) => responseOf(record) === response)[nth] as ExportRecord))

test('Every entry is one event, with seven fields in its header, that a strict reader reads.', () => {
  for (const record of records) {
    const { header, extension } = readCef(cefLine(record))
    expect(header.slice(0, 4)).toEqual(['CEF:0', 'Bailiwick', 'Bailiwick', '0.1.0'])
    expect(header).toHaveLength(7)
    expect(Number(header[6])).toBeGreaterThanOrEqual(0)
    expect(Number(header[6])).toBeLessThanOrEqual(10)
    expect(extension).toMatchObject({ rt: String(Date.parse(record.entry.time)), cn1Label: 'Entry', cn1: String(record.index) })
  }
})

test('Responses have AARM’s names, and severities the numbers of the specification.', () => {
  expect(find('deny')).toMatchObject({ extension: { act: 'DENY', outcome: 'deny' } })
  expect(find('deny').header.slice(4)).toEqual(['decision.deny', 'Tool call: deny', '5'])
  expect(find('ask').extension).toMatchObject({ act: 'STEP_UP' })
  expect(find('ask').header[6]).toBe('10')
  expect(find('defer').header[6]).toBe('8')
  expect(find('sanitize')).toMatchObject({ extension: { act: 'MODIFY' } })
  expect(find('sanitize').header[6]).toBe('3')
  expect(find('allow').extension).toMatchObject({
    act: 'ALLOW',
    suser: 'ann',
    sourceServiceName: 'clerk',
    destinationServiceName: 'mail.send',
  })
})

test('A call of a model has its own id, the model, the provider’s host and its tokens.', () => {
  const [first, second] = records.filter(({ entry }) => entry.type === 'model').map((record) => readCef(cefLine(record)))
  expect(first).toMatchObject({ extension: { outcome: 'asked', cs6Label: 'Model call', cs6: 'model_1', destinationServiceName: 'gpt-5' } })
  expect(second?.header.slice(4, 6)).toEqual(['model.ok', 'Model answered: ok'])
  expect(second).toMatchObject({
    extension: {
      outcome: 'ok',
      dhost: 'api.openai.com',
      destinationServiceName: 'gpt-5-2025-08-07',
      sourceServiceName: 'clerk',
      cn2: '12',
      cn3Label: 'Tokens',
      cn3: '150',
    },
  })
})

test('What a hostile text says comes back as it was, but for characters that the format has no way to write.', () => {
  const read = readCef(cefLine(records.find(({ entry }) => entry.type === 'outcome' && entry.error === hostile) as ExportRecord))
  expect(read.extension['reason']).toBe(hostile.replaceAll(/[\u0000\u001B\u0085\u2028]/g, '\uFFFD'))
  expect(read.extension['act']).not.toContain('fake')
})

test('A header is escaped as well, should what it is made of ever hold such characters.', () => {
  const record = records.find(({ entry }) => entry.type === 'session') as ExportRecord
  const line = cefLine({ ...record, entry: { ...record.entry, event: 'a|b\\c\nd=e' } as unknown as ExportRecord['entry'] })
  expect(readCef(line).header).toHaveLength(7)
  expect(readCef(line).header[4]).toBe('session.a|b\\c d=e')
})

test('Texts are cut to the lengths of the dictionary, never within a pair.', () => {
  const long = readCef(cefLine(records.find(({ entry }) => entry.type === 'decision' && entry.call === 'call_long') as ExportRecord))
  expect(long.extension['reason']).toHaveLength(1023)
  expect(long.extension['reason']?.endsWith('…')).toBe(true)
  const record = records.find(({ entry }) => entry.type === 'event')
  const { entry } = record as ExportRecord
  const cut = cefLine({ ...(record as ExportRecord), entry: { ...entry, detail: `x${'💥'.repeat(2000)}\uD83D` } as ExportRecord['entry'] })
  expect(cut.isWellFormed()).toBe(true)
  expect(readCef(cut).extension['reason']?.length).toBeGreaterThan(1000)
})
