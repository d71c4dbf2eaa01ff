import fc from 'fast-check'
import { expect, test } from 'vitest'
import { providerName } from '../../../src/enforce/llm/provider-name.ts'
import { readAnswer } from '../../../src/enforce/llm/read-answer.ts'
import { answerBody } from '../../../src/evals/model/wire-formats.ts'
import { answerStream } from '../../../src/evals/model/wire-streams.ts'
import { wireFormats } from '../../../src/model/vocabulary.ts'

const stream = (...events: object[]): string => events.map((event) => `event: x\r\ndata: ${JSON.stringify(event)}\r\n\r\n`).join('')
const spoken = {
  id: '7',
  model: 'm-2026-01-01',
  say: null,
  call: { name: 'mail__read', arguments: { folder: 'today' } },
  inputTokens: 12,
  outputTokens: 5,
} as const

test.each(wireFormats)('An answer in the form of %s says the same whether it is streamed or not.', (format) => {
  const said = {
    model: 'm-2026-01-01',
    tools: ['mail__read'],
    inputTokens: 12,
    outputTokens: 5,
    whole: true,
    malformed: false,
    error: null,
  }
  const plain = readAnswer(format, JSON.stringify(answerBody(format, spoken)), false)
  expect(plain).toMatchObject(said)
  expect(readAnswer(format, answerStream(format, spoken), true)).toMatchObject({
    ...said,
    id: plain.id,
    finishReasons: plain.finishReasons,
  })
})

test.each(wireFormats)(
  'A stream in the form of %s that breaks off anywhere is never taken for whole, and says what it said till then.',
  (format) => {
    const text = answerStream(format, spoken)
    const events = text.split(/(?<=\n\n)/)
    const last = { 'chat-completions': 1, responses: events.length - 1, messages: events.length - 1 }[format]
    for (let at = 0; at < text.length; at += 1) {
      const { whole, malformed } = readAnswer(format, text.slice(0, at), true)
      expect(malformed).toBe(false)
      // Chat Completions says why it finishes in its second event; what comes behind is about tokens.
      expect(whole).toBe(at >= events.slice(0, format === 'chat-completions' ? 2 : last + 1).join('').length)
    }
  },
)

test('Tokens of a cache are part of what went in, whichever way the provider counts.', () => {
  const usage = { input_tokens: 10, cache_read_input_tokens: 200, cache_creation_input_tokens: 30, output_tokens: 1 }
  const message = { type: 'message', id: 'msg_1', model: 'claude', content: [], stop_reason: null, usage }
  const events = stream(
    { type: 'message_start', message },
    { type: 'message_delta', delta: { stop_reason: 'max_tokens' }, usage: { output_tokens: 77 } },
    { type: 'message_stop' },
  )
  expect(readAnswer('messages', events, true)).toMatchObject({
    inputTokens: 240,
    outputTokens: 77,
    cacheReadInputTokens: 200,
    cacheCreationInputTokens: 30,
    finishReasons: ['max_tokens'],
    whole: true,
  })
  const response = {
    object: 'response',
    id: 'resp_1',
    status: 'incomplete',
    incomplete_details: { reason: 'max_output_tokens' },
    output: [{ type: 'web_search_call' }, { type: 'function_call', name: 'a' }, { type: 'function_call', name: 'a' }, { type: 'message' }],
    usage: { input_tokens: 240, input_tokens_details: { cached_tokens: 200 }, output_tokens: 77 },
  }
  expect(readAnswer('responses', JSON.stringify(response), false)).toMatchObject({
    inputTokens: 240,
    cacheReadInputTokens: 200,
    cacheCreationInputTokens: null,
    finishReasons: ['max_output_tokens'],
    tools: ['web_search', 'a'],
  })
})

test('Each choice has its reason, and tools that are called at once are all named, also where a stream names them piece by piece.', () => {
  const chunk = (index: number, delta: object, reason: string | null = null): object => ({
    id: 'c',
    model: 'm',
    choices: [{ index, delta, finish_reason: reason }],
  })
  const call = (index: number, called: object): object => ({ tool_calls: [{ index, function: called }] })
  const text = stream(
    chunk(0, call(0, { name: 'a', arguments: '' })),
    chunk(0, call(0, { arguments: '{}' })),
    chunk(0, call(1, { name: 'b', arguments: '{}' })),
    chunk(1, { content: 'x' }, 'length'),
    chunk(0, {}, 'tool_calls'),
  )
  expect(readAnswer('chat-completions', text, true)).toMatchObject({
    tools: ['a', 'b'],
    finishReasons: ['length', 'tool_calls'],
    whole: true,
    inputTokens: null,
  })
})

test.each([
  ['chat-completions', stream({ error: { message: 'overloaded' } }), 'overloaded'],
  ['responses', stream({ type: 'error', message: 'overloaded', code: 'x' }), 'overloaded'],
  [
    'responses',
    stream({ type: 'response.failed', response: { status: 'failed', error: { code: 'x', message: 'overloaded' } } }),
    'overloaded',
  ],
  ['messages', stream({ type: 'error', error: { type: 'overloaded_error', message: 'overloaded' } }), 'overloaded'],
  ['messages', stream({ type: 'error', error: {} }), 'an error without a message'],
] as const)('An error within a stream of %s is found.', (format, text, error) => {
  expect(readAnswer(format, text, true).error).toBe(error)
})

test('Whatever is sent instead of an answer is read without a fault.', () => {
  const key = fc.constantFrom(
    'id',
    'model',
    'choices',
    'delta',
    'message',
    'response',
    'item',
    'output',
    'content',
    'usage',
    'error',
    'type',
    'x',
  )
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 5 },
      fc.jsonValue({ maxDepth: 1 }),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(key, tie('json')),
    ),
  }))
  fc.assert(
    fc.property(fc.constantFrom(...wireFormats), fc.array(json, { maxLength: 4 }), fc.boolean(), (format, values, streamed) => {
      const text = streamed ? values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('') : JSON.stringify(values[0] ?? null)
      const { inputTokens, tools } = readAnswer(format, text, streamed)
      expect(inputTokens === null || Number.isSafeInteger(inputTokens)).toBe(true)
      expect(tools.every((tool) => typeof tool === 'string')).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test.each([
  ['api.openai.com', 'responses', 'openai'],
  ['api.anthropic.com', 'messages', 'anthropic'],
  ['acme.openai.azure.com', 'chat-completions', 'azure.ai.openai'],
  ['api.x.ai', 'chat-completions', 'x_ai'],
  ['notx.ai', 'chat-completions', 'openai'],
  ['evilopenai.com', 'messages', 'anthropic'],
  ['127.0.0.1', 'messages', 'anthropic'],
] as const)('The provider at %s is called by its host, or else by its form.', (host, format, expected) => {
  expect(providerName(host, format)).toBe(expected)
})
