import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ValidateFunction } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ExportRecord } from '../../src/ledger/export/export-record.ts'
import { ocsfEvent } from '../../src/ledger/export/ocsf.ts'
import { digestOf, ScratchLedger } from '../ledger/scratch-ledger.ts'
import { fillWithEverything, hostile, recordsOf } from './told-ledger.ts'

const scratch = new ScratchLedger()
const ajv = new Ajv2020({ strict: false, allErrors: true })
ajv.addSchema(JSON.parse(readFileSync(new URL('ocsf-1.8.0.schema.json', import.meta.url), 'utf8')) as object)
let records: ExportRecord[]

beforeAll(async () => {
  const { ledger, store } = scratch.open()
  await fillWithEverything(ledger)
  records = await recordsOf(store, {}, true)
})
afterAll(() => scratch.remove())

function schemaOf(classUid: unknown): ValidateFunction {
  return ajv.getSchema(`urn:ocsf:1.8.0#/$defs/${String(classUid)}`) as ValidateFunction
}

const told = (): Record<string, unknown>[] =>
  records.map((record) => JSON.parse(JSON.stringify(ocsfEvent(record))) as Record<string, unknown>)

test('Every kind of entry, with payloads and hostile texts, is an event that fits the published schema.', () => {
  for (const event of told()) {
    const validate = schemaOf(event['class_uid'])
    validate(event)
    expect(validate.errors, JSON.stringify(event).slice(0, 500)).toBeNull()
  }
  expect(new Set(told().map((event) => event['class_uid']))).toEqual(new Set([6003, 2004, 3003]))
})

test('The schema refuses what is not of its form: it is not passed by chance.', () => {
  const [event] = told()
  for (const wrong of [{ time: 'now' }, { activity_id: 77 }, { metadata: {} }, { hostile: 1 }])
    expect(schemaOf(event?.['class_uid'])({ ...event, ...wrong }), JSON.stringify(wrong)).toBe(false)
})

test('Ids, types and sequence numbers are each event’s own, and both halves of a call share the call.', () => {
  const events = told() as {
    metadata: { uid: string; sequence: number; correlation_uid: string }
    class_uid: number
    activity_id: number
    type_uid: number
  }[]
  expect(new Set(events.map(({ metadata }) => metadata.uid)).size).toBe(events.length)
  expect(events.map(({ metadata }) => metadata.sequence)).toEqual(records.map(({ index }) => index))
  for (const event of events) expect(event.type_uid).toBe(event.class_uid * 100 + event.activity_id)
  expect(events.filter(({ metadata }) => metadata.correlation_uid === 'call_1')).toHaveLength(2)
})

test('A denial is a failure that was blocked, with AARM’s name and the rule; an outcome says who called what.', () => {
  const denied = told().find((event) => (event['unmapped'] as { response?: string }).response === 'deny')
  expect(denied).toMatchObject({
    status_id: 2,
    action_id: 2,
    disposition_id: 2,
    severity: 'Medium',
    unmapped: { aarm: 'DENY', tier: 'T3' },
  })
  const ended = told().find((event) => event['message'] === 'mail.send: ok after 3 ms')
  expect(ended).toMatchObject({
    status_id: 1,
    duration: 3,
    actor: { app_name: 'clerk', user: { name: 'ann' }, session: { uid: 'ses_1' } },
    api: { operation: 'mail.send', response: { data: { text: 'sent' } } },
    policy: { uid: digestOf('bb') },
  })
})

test('A call of a model says which model in which version, what it cost in tokens, and what was said where that was asked for.', () => {
  const halves = told().filter((event) => (event['metadata'] as { correlation_uid: string }).correlation_uid === 'model_1')
  expect(halves).toHaveLength(2)
  const [first, second] = halves
  expect(first).toMatchObject({
    class_uid: 6003,
    activity_name: 'Chat',
    status: 'Asked',
    metadata: { event_code: 'model.asked', profiles: ['ai_operation'] },
    ai_model: { ai_provider: 'openai', name: 'gpt-5' },
    dst_endpoint: { hostname: 'api.openai.com', port: 443 },
    api: { request: { uid: 'model_1', data: { model: 'gpt-5' } } },
  })
  expect(second).toMatchObject({
    status_id: 1,
    duration: 12,
    actor: { app_name: 'clerk', user: { name: 'ann' }, session: { uid: 'ses_1' } },
    ai_model: { ai_provider: 'openai', name: 'gpt-5', version: 'gpt-5-2025-08-07' },
    message_context: { uid: 'ses_1', ai_role_id: 4, prompt_tokens: 120, completion_tokens: 30, total_tokens: 150 },
    api: { response: { code: 200, data: { id: 'resp_1' } } },
    unmapped: { tool_names: ['mail__send'], cache_read_input_tokens: 100, finish_reasons: ['completed'] },
  })
})

test('What went wrong in a tool is the detail of a failure, and is what the interface answered.', () => {
  const wrong = told().find((event) => (event['metadata'] as { event_code: string }).event_code === 'outcome.error')
  expect(wrong).toMatchObject({ status_id: 2, status_detail: hostile, api: { response: { error: hostile } } })
})

test('What a hostile text says is data and nothing else.', () => {
  const lines = records.map((record) => JSON.stringify(ocsfEvent(record)))
  expect(lines.filter((line) => /[\r\n]/.test(line))).toEqual([])
  expect(told().filter((event) => event['status_detail'] === hostile).length).toBeGreaterThan(3)
})
