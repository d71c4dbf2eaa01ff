import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from '../../attack/installation.ts'
import { completion, hello, plainAnswer, provider, recorded } from './recorded-models.ts'

const event = (data: unknown): string => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
const delta = (content: string, finish: string | null = null): string =>
  event({ ...completion, object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })
const streamed = { ...hello, stream: true }
const sse = { 'content-type': 'text/event-stream' }

test('A plain answer is relayed as it is, and recorded with its version, its tokens and what was cached.', async () => {
  const { url, asked } = await provider((_, response) => plainAnswer(response))
  const { ask, models, payload, verified } = await recorded(`${url}/v1`)
  const text = '{"model":"gpt-5",  "seed":1, "messages":[{"role":"user","content":"Grüße"}]}'
  const response = await ask(text)
  expect(await response.json()).toMatchObject({ id: 'chatcmpl-1', choices: [{ message: { content: 'Good day.' } }] })
  expect(asked).toMatchObject([{ url: '/v1/chat/completions', body: text }])
  const [first, second] = await models()
  expect(response.headers.get('bailiwick-model-call')).toBe(first?.modelCall)
  expect(first?.modelCall).toMatch(/^model_[0-9a-z]{9}[0-9a-f]{18}$/)
  expect(second).toMatchObject({
    status: 'ok',
    responseModel: 'gpt-5-2025-08-07',
    finishReasons: ['stop'],
    inputTokens: 9,
    outputTokens: 3,
    cacheReadInputTokens: 4,
    cacheCreationInputTokens: null,
  })
  expect(await payload(first?.event === 'asked' ? first.prompt.hash : '')).toEqual(JSON.parse(text))
  expect(await verified()).toEqual([])
})

test('A stream is relayed without waiting for its end.', async () => {
  let end = (): void => {}
  const { url } = await provider((_, response) => {
    response.writeHead(200, sse)
    response.write(delta('Good '))
    end = () => response.end(`${delta('day.', 'stop')}${event('[DONE]')}`)
  })
  const { ask, models, answered } = await recorded(url)
  const reader = (await ask(streamed)).body!.pipeThrough(new TextDecoderStream()).getReader()
  expect((await reader.read()).value).toContain('Good ')
  expect((await models()).map((half) => half.event)).toEqual(['asked'])
  end()
  let rest = ''
  for (let read = await reader.read(); !read.done; read = await reader.read()) rest += read.value
  expect(rest).toContain('[DONE]')
  expect(await answered()).toMatchObject([{ status: 'ok', responseId: 'chatcmpl-1', finishReasons: ['stop'], inputTokens: null }])
})

test('An error of the provider is relayed with what SDKs heed, and nothing of its account; it is recorded with its reason.', async () => {
  const { url } = await provider((_, response) => {
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '7', 'openai-organization': 'acme', 'set-cookie': 'a=b' })
    response.end('{"error":{"message":"slow down","type":"rate_limit"}}')
  })
  const { ask, answered, payload } = await recorded(url)
  const response = await ask(hello)
  expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
    429,
    '7',
    '{"error":{"message":"slow down","type":"rate_limit"}}',
  ])
  expect([response.headers.get('openai-organization'), response.headers.get('set-cookie')]).toEqual([null, null])
  const [answer] = await answered()
  expect(answer).toMatchObject({ status: 'error', httpStatusCode: 429, error: 'slow down', inputTokens: null })
  expect(await payload(answer?.response?.hash)).toEqual({ error: { message: 'slow down', type: 'rate_limit' } })
})

test.each<[string, string, Record<string, string>, string, RegExp]>([
  ['no JSON', '{"id": "chatcmpl-1", ', {}, '{"id": "chatcmpl-1", ', /ended before its end|not of the form/],
  ['a list', '[]', {}, '[]', /not of the form/],
  ['a page', '<html>', {}, '<html>', /not of the form/],
  ['events that are no JSON', event('{oops') + event('[DONE]'), sse, 'data: {oops', /not of the form/],
  ['a stream without an end', delta('Good '), sse, 'Good ', /ended before its end/],
  ['an empty stream', '', sse, '', /ended before its end/],
  ['an event that tells of an error', event({ error: { message: 'overloaded' } }), sse, 'overloaded', /^overloaded$/],
])('What is %s is relayed as it is, and recorded as an error.', async (_, body, headers, relayed, error) => {
  const { url } = await provider((_asked, response) =>
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body),
  )
  const { ask, answered, verified } = await recorded(url)
  expect(await (await ask(hello)).text()).toContain(relayed)
  expect(await answered()).toMatchObject([{ status: 'error', httpStatusCode: 200, error: expect.stringMatching(error) as string }])
  expect(await verified()).toEqual([])
})

test('An answer that no two readers would read alike is recorded as its text.', async () => {
  const body = String.raw`{"id":"chatcmpl-1","id":"chatcmpl-2","choices":[],"note":"\ud800"}`
  const { url } = await provider((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(body))
  const { ask, answered, payload, verified } = await recorded(url)
  await (await ask(hello)).text()
  expect(await payload((await answered())[0]?.response?.hash)).toBe(body)
  expect(await verified()).toEqual([])
})

test('However much a provider says of itself, an entry has room for what is recorded of it.', async () => {
  const noise = '\u0001'.repeat(5000)
  const { url } = await provider((_, response) => {
    response.writeHead(500, { 'content-type': 'application/json' })
    const choices = Array.from({ length: 100 }, (_choice, index) => ({
      index,
      finish_reason: noise,
      message: { tool_calls: [{ function: { name: `${index}${noise}` } }] },
    }))
    response.end(
      JSON.stringify({ id: noise, model: noise, error: { message: noise }, choices, usage: { prompt_tokens: -1, completion_tokens: 1.5 } }),
    )
  })
  const { ask, answered, verified } = await recorded(url)
  const response = await ask({ ...hello, model: noise })
  expect([response.status, (await response.text()).length]).toEqual([500, expect.any(Number)])
  expect(await answered()).toMatchObject([{ status: 'error', inputTokens: null, outputTokens: null }])
  expect((await answered())[0]?.toolNames).toHaveLength(32)
  expect(await verified()).toEqual([])
})

test('A provider that hangs up half-way breaks the answer off for the agent, and what came so far is recorded.', async () => {
  const { url } = await provider((_, response) => {
    response.writeHead(200, sse)
    response.write(delta('Half'), () => response.destroy())
  })
  const { ask, answered, payload } = await recorded(url)
  const response = await ask(streamed)
  await expect(response.text()).rejects.toThrow()
  await eventually(() => true, 'a turn')
  const [answer] = await answered()
  expect(answer).toMatchObject({ status: 'error', error: expect.stringContaining('the answer was cut off') as string })
  expect(await payload(answer?.response?.hash)).toContain('Half')
})

test('A provider that cannot be reached, or sends elsewhere, is an error; nothing is asked elsewhere.', async () => {
  const other = await provider((_, response) => plainAnswer(response))
  const { url } = await provider((_, response) => response.writeHead(307, { location: `${other.url}/v1/chat/completions` }).end())
  for (const to of ['http://127.0.0.1:9', url]) {
    const { ask, answered } = await recorded(to)
    const response = await ask(hello)
    expect([response.status, await response.text()]).toEqual([502, expect.stringContaining('could not be reached') as string])
    expect(await answered()).toMatchObject([{ status: 'error', httpStatusCode: null, response: null }])
  }
  expect(other.asked).toEqual([])
})

test('When the agent goes away, the provider is told so, and the answer is recorded as aborted as far as it came.', async () => {
  let closed = false
  const { url } = await provider((_, response) => {
    response.on('close', () => (closed = true))
    response.writeHead(200, sse)
    response.write(delta('Good '))
  })
  const { ask, answered, payload, verified } = await recorded(url)
  const agent = new AbortController()
  const response = await ask(streamed, { signal: agent.signal })
  await response.body!.getReader().read()
  agent.abort()
  await eventually(() => closed, 'the end of the connection to the provider')
  let found = await answered()
  for (let look = 0; found.length === 0 && look < 100; look += 1) {
    await sleep(20)
    found = await answered()
  }
  expect(found).toMatchObject([{ status: 'aborted', error: 'the agent went away', httpStatusCode: 200 }])
  expect(await payload(found[0]?.response?.hash)).toContain('Good ')
  expect(await verified()).toEqual([])
})

test('An agent that goes away before the provider answers at all leaves a call that was aborted.', async () => {
  const { url, asked } = await provider(() => {})
  const { ask, answered, gateway } = await recorded(url)
  const agent = new AbortController()
  const asking = ask(hello, { signal: agent.signal })
  await eventually(() => asked.length === 1, 'the question')
  agent.abort()
  await expect(asking).rejects.toThrow()
  await gateway.close()
  expect(await answered()).toMatchObject([{ status: 'aborted', httpStatusCode: null, response: null }])
})

test('An agent that goes away once it has read the last event has had its answer.', async () => {
  const { url } = await provider((_, response) => {
    response.writeHead(200, sse)
    response.write(`${delta('All.', 'stop')}${event('[DONE]')}`)
  })
  const { ask, answered, gateway } = await recorded(url)
  const agent = new AbortController()
  await (await ask(streamed, { signal: agent.signal })).body!.getReader().read()
  agent.abort()
  await sleep(100)
  await gateway.close()
  expect(await answered()).toMatchObject([{ status: 'ok', error: null }])
})

test('A gateway that is shut down gives up what is under way, and records that.', async () => {
  const { url } = await provider((_, response) => void response.writeHead(200, sse).write(delta('Good ')))
  const { ask, answered, verified } = await recorded(url)
  const response = await ask(streamed)
  const text = response.text()
  text.catch(() => {})
  expect(await verified()).toEqual([])
  await expect(text).rejects.toThrow()
  expect(await answered()).toMatchObject([{ status: 'aborted', error: 'the gateway was shut down' }])
})

test('An answer that is longer than can be recorded is broken off.', async () => {
  const long = 'x'.repeat(1024 * 1024)
  const { url } = await provider((_, response) => {
    response.writeHead(200, sse)
    for (let sent = 0; sent < 34; sent += 1) response.write(delta(long))
    response.end(event('[DONE]'))
  })
  const { ask, answered } = await recorded(url)
  await expect((await ask(streamed)).text()).rejects.toThrow()
  expect(await answered()).toMatchObject([{ status: 'error', error: 'the answer is over 33554432 bytes' }])
})

test('Fifty at once are each recorded in two halves, and each has its own answer.', async () => {
  const { url, asked } = await provider(async ({ body }, response) => {
    await sleep(Math.random() * 50)
    plainAnswer(response, (JSON.parse(body) as typeof hello).messages[0]!.content)
  })
  const { ask, models, verified } = await recorded(url)
  const answers = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const response = await ask({ ...hello, messages: [{ role: 'user', content: `number ${index}` }] })
      return ((await response.json()) as { choices: { message: { content: string } }[] }).choices[0]?.message.content
    }),
  )
  expect(answers).toEqual(Array.from({ length: 50 }, (_, index) => `number ${index}`))
  const halves = await models()
  expect(asked).toHaveLength(50)
  expect(new Set(halves.map(({ modelCall, event: half }) => `${modelCall} ${half}`)).size).toBe(100)
  expect(new Set(halves.map(({ modelCall }) => modelCall)).size).toBe(50)
  expect(await verified()).toEqual([])
})

test('Nothing is forwarded that cannot be recorded, and an answer that cannot be recorded breaks off.', async () => {
  let breakStore = (): void => {}
  const { url, asked } = await provider((_, response) => {
    response.writeHead(200, sse)
    response.write(delta('Good '))
    breakStore()
    response.end(`${delta('day.', 'stop')}${event('[DONE]')}`)
  })
  const { ask, folder, models, reports } = await recorded(url)
  const store = new DatabaseSync(join(folder, '.bailiwick', 'bailiwick.db'))
  const refuse = (): void => store.exec(`CREATE TRIGGER full BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`)
  breakStore = refuse
  const response = await ask(streamed)
  await expect(response.text()).rejects.toThrow()
  expect(asked).toHaveLength(1)
  const refused = await ask(streamed)
  expect([refused.status, await refused.text()]).toEqual([500, expect.stringContaining('the disk is full') as string])
  expect(asked).toHaveLength(1)
  expect(reports.filter((line) => line.includes('the disk is full'))).toHaveLength(2)
  store.exec('DROP TRIGGER full')
  store.close()
  expect((await models()).map((half) => half.event)).toEqual(['asked'])
})
