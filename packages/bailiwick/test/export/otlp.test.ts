import protobuf from 'protobufjs'
import { expect, test } from 'vitest'
import type { SinkDeclaration } from '../../src/model/export.ts'
import { httpReceiver, until } from './http-receiver.ts'
import type { Received } from './http-receiver.ts'
import { streamed } from './streamed-ledger.ts'
import { call, fillWithEverything, hostile } from './told-ledger.ts'
import { answered, asked, digestOf } from '../ledger/scratch-ledger.ts'

/** The messages of opentelemetry-proto 1 (Apache-2.0) that a trace is made of, with the numbers of their fields. */
const messages = protobuf
  .parse(`
syntax = "proto3";
message Request { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message Scope { string name = 1; string version = 2; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; fixed32 flags = 16; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; Status status = 15;
}
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; } }
message ArrayValue { repeated AnyValue values = 1; }
`)
  .root.lookupType('Request')

interface Any {
  readonly stringValue?: string
  readonly intValue?: number
  readonly boolValue?: boolean
  readonly doubleValue?: number
  readonly arrayValue?: { readonly values?: readonly Any[] }
}

interface ReadSpan {
  readonly id: string
  readonly trace: string
  readonly name: string
  readonly kind: number
  readonly start: number
  readonly end: number
  readonly code: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly service: unknown
}

const plain = ({ arrayValue, ...scalar }: Any): unknown =>
  arrayValue === undefined ? Object.values(scalar)[0] : (arrayValue.values ?? []).map(plain)
const attributesOf = (pairs: readonly { key: string; value: Any }[] = []): Record<string, unknown> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, plain(value)]))

function spansOf({ body }: Received): ReadSpan[] {
  const request = messages.toObject(messages.decode(body), { longs: Number, bytes: String }) as {
    resourceSpans: {
      resource: { attributes: { key: string; value: Any }[] }
      scopeSpans: { spans: (Record<string, unknown> & { attributes: { key: string; value: Any }[]; status?: { code?: number } })[] }[]
    }[]
  }
  const hex = (base64: unknown): string => Buffer.from(base64 as string, 'base64').toString('hex')
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        id: hex(span['spanId']),
        trace: hex(span['traceId']),
        name: span['name'] as string,
        kind: span['kind'] as number,
        start: (span['startTimeUnixNano'] as number) / 1e6,
        end: (span['endTimeUnixNano'] as number) / 1e6,
        code: span.status?.code ?? 0,
        attributes: attributesOf(span.attributes),
        service: attributesOf(resource.attributes)['service.name'],
      })),
    ),
  )
}

const otlpTo = (url: string): SinkDeclaration => ({
  from: 'start',
  otlp: { url: `${url}/v1/traces`, headers: { Authorization: { env: 'TOKEN' }, 'X-Tenant': 'a' } },
})

const ok = async (): Promise<{ readonly url: string; readonly received: Received[] }> =>
  httpReceiver((_, response) => void response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end())

test('Each call that ended is one span with the names of the conventions, and whatever comes after it what it was decided by.', async () => {
  const { url, received } = await ok()
  await streamed([otlpTo(url)], undefined, fillWithEverything)
  const spans = (): ReadSpan[] => received.flatMap(spansOf)
  // Five outcomes and the one of the first call, one denial, a long one, one that asks and one that defers; what is let through only begins.
  await until(() => spans().length >= 9)
  expect(received[0]).toMatchObject({
    path: '/v1/traces',
    headers: { authorization: 'Bearer t', 'x-tenant': 'a', 'content-type': 'application/x-protobuf' },
  })
  const [sent] = spans()
  expect(sent).toMatchObject({
    name: 'tools/call mail.send',
    kind: 2,
    code: 0,
    service: 'bailiwick',
    start: Date.UTC(2026, 0, 15, 12),
    end: Date.UTC(2026, 0, 15, 12),
    attributes: {
      'mcp.method.name': 'tools/call',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'mail.send',
      'gen_ai.tool.call.id': 'call_1',
      'gen_ai.agent.name': 'clerk',
      'gen_ai.conversation.id': 'ses_1',
      'bailiwick.response': 'allow',
      'bailiwick.aarm': 'ALLOW',
      'bailiwick.tier': 'T3',
      'bailiwick.rule': 'T3.approved',
      'bailiwick.policy.digest': digestOf('bb'),
      'bailiwick.entry.index': 3,
      'bailiwick.labels': ['pii', 'untrusted'],
      'bailiwick.outcome': 'ok',
    },
  })
  expect(sent?.attributes['error.type']).toBeUndefined()
  const byCall = (id: string): ReadSpan | undefined => spans().find(({ attributes }) => attributes['gen_ai.tool.call.id'] === id)
  expect(byCall('call_deny')).toMatchObject({ code: 2, attributes: { 'error.type': 'denied', 'bailiwick.response': 'deny' } })
  expect(spans().filter(({ attributes }) => attributes['error.type'] === 'tool_error')).toHaveLength(1)
  expect(byCall('call_long')?.attributes['bailiwick.reason']).toHaveLength(4096)
  expect(spans().every(({ id, trace }) => /^[0-9a-f]{16}$/.test(id) && /^[0-9a-f]{32}$/.test(trace))).toBe(true)
})

test('A call of a model that was answered is a span of a client with the names of the conventions for generative AI, and one that was only asked is none.', async () => {
  const { url, received } = await ok()
  await streamed([otlpTo(url)], undefined, async (ledger) => {
    for (const id of ['model_1', 'model_2', 'model_3']) await ledger.append(asked(id))
    await ledger.append(answered('model_1'))
    await ledger.append(
      answered('model_2', { status: 'error', error: hostile, httpStatusCode: 429, responseModel: null, inputTokens: null, toolNames: [] }),
    )
  })
  const spans = (): ReadSpan[] => received.flatMap(spansOf)
  await until(() => spans().length >= 2)
  const [good, bad] = spans()
  expect(spans()).toHaveLength(2)
  expect(good).toMatchObject({ name: 'chat gpt-5', kind: 3, code: 0 })
  expect((good as ReadSpan).end - (good as ReadSpan).start).toBe(12)
  const { 'bailiwick.entry.leaf': _, ...attributes } = (good as ReadSpan).attributes
  expect(attributes).toEqual({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-5',
    'gen_ai.request.stream': true,
    'gen_ai.response.model': 'gpt-5-2025-08-07',
    'gen_ai.response.id': 'resp_1',
    'gen_ai.response.finish_reasons': ['completed'],
    'gen_ai.usage.input_tokens': 120,
    'gen_ai.usage.output_tokens': 30,
    'gen_ai.usage.cache_read.input_tokens': 100,
    'gen_ai.agent.name': 'clerk',
    'gen_ai.conversation.id': 'ses_1',
    'server.address': 'api.openai.com',
    'server.port': 443,
    'user.name': 'ann',
    'http.response.status_code': 200,
    'bailiwick.goal': 'letters',
    'bailiwick.model.call': 'model_1',
    'bailiwick.model.status': 'ok',
    'bailiwick.model.tools': ['mail__send'],
    'bailiwick.entry.index': 3,
  })
  expect(bad).toMatchObject({ code: 2, attributes: { 'error.type': '429' } })
  expect(bad?.attributes['gen_ai.response.model']).toBeUndefined()
})

test('A read of a resource is no tool, and a hostile reason is data.', async () => {
  const { url, received } = await ok()
  await streamed([otlpTo(url)], undefined, (ledger) =>
    ledger.append(call('call_1', { tool: 'files.resources/read', response: 'deny', reason: hostile })),
  )
  await until(() => received.length === 1)
  const [span] = spansOf(received[0] as Received)
  expect(span).toMatchObject({ name: 'resources/read', attributes: { 'mcp.method.name': 'resources/read', 'bailiwick.reason': hostile } })
  expect(span?.attributes['gen_ai.tool.name']).toBeUndefined()
})

test('A span that is sent again has the same ids; a call that asks and is then decided has two spans in one trace.', async () => {
  const { url, received } = await httpReceiver((_, response, nth) => void response.writeHead(nth === 0 ? 400 : 200).end())
  await streamed([otlpTo(url)], undefined, async (ledger) => {
    await ledger.append(call('call_1', { response: 'ask' }))
    await ledger.append(call('call_1', { response: 'deny' }))
  })
  await until(() => received.length >= 2)
  const [first, second] = [spansOf(received[0] as Received), spansOf(received[1] as Received)]
  expect(second).toEqual(first)
  expect(new Set(second.map(({ id }) => id)).size).toBe(2)
  expect(new Set(second.map(({ trace }) => trace)).size).toBe(1)
})

test('A collector that is gone is reported once, and gets everything once it is back.', async () => {
  let back = false
  const { url, received } = await httpReceiver((_, response) => void response.writeHead(back ? 200 : 404).end())
  const { reports } = await streamed([otlpTo(url)], undefined, (ledger) => ledger.append(call('call_1', { response: 'deny' })))
  await until(() => received.length >= 2)
  back = true
  await until(() => reports.length === 2)
  expect(reports).toEqual([expect.stringContaining('fails'), expect.stringContaining('works again')])
  expect(spansOf(received.at(-1) as Received)).toHaveLength(1)
})
