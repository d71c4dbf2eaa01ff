import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Anthropic from '@anthropic-ai/sdk'
import fc from 'fast-check'
import OpenAI from 'openai'
import { expect, onTestFinished, test } from 'vitest'
import { ScriptedModel } from '../../src/evals/model/scripted-model.ts'
import { firstDifference, interactionHash, parseCassette } from '../../src/evals/model/cassette.ts'
import { serveModel } from '../../src/evals/model/model-server.ts'
import type { ModelServer } from '../../src/evals/model/model-server.ts'
import { canonicalJson } from '../../src/model/json.ts'
import type { ModelTurn } from '../../src/evals/suite/suite.ts'
import type { Json } from '../../src/model/json.ts'
import { runCli } from '../cli/run-cli.ts'
import { agentFile, inbox } from './inbox.ts'

async function modelOf(turns: readonly ModelTurn[]): Promise<ModelServer> {
  const server = await serveModel(new ScriptedModel(turns), new AbortController().signal)
  onTestFinished(() => server.close())
  return server
}

const twoTurns: readonly ModelTurn[] = [{ when: 'letters', call: 'mail__list', with: { folder: 'today' } }, { say: 'Done “well”.' }]
const schema = { type: 'object', properties: { folder: { type: 'string' } } } as const

test.each([false, true])('The OpenAI SDK reads the scripted model on both of its forms, streamed: %s.', async (stream) => {
  const { endpoints, usage } = await modelOf([...twoTurns, ...twoTurns])
  const client = new OpenAI({ baseURL: endpoints.openai, apiKey: endpoints.key, maxRetries: 0 })
  const tools = [{ type: 'function', function: { name: 'mail__list', parameters: schema } }] as const
  const messages: OpenAI.Chat.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Answer the letters.' }]
  const complete = async (): Promise<OpenAI.Chat.ChatCompletionMessage> => {
    if (!stream) return (await client.chat.completions.create({ model: 'm', messages, tools: [...tools] })).choices[0]!.message
    return (await client.chat.completions.stream({ model: 'm', messages, tools: [...tools] }).finalChatCompletion()).choices[0]!.message
  }
  const called = await complete()
  expect(called.tool_calls?.[0]).toMatchObject({ function: { name: 'mail__list', arguments: '{"folder":"today"}' } })
  messages.push(called, { role: 'tool', tool_call_id: called.tool_calls![0]!.id, content: 'none' })
  expect((await complete()).content).toBe('Done “well”.')
  const input = [{ role: 'user' as const, content: 'Answer the letters.' }]
  const respond = async () =>
    stream ? client.responses.stream({ model: 'm', input }).finalResponse() : client.responses.create({ model: 'm', input })
  expect((await respond()).output[0]).toMatchObject({ type: 'function_call', name: 'mail__list', arguments: '{"folder":"today"}' })
  input[0] = { role: 'user', content: 'Well?' }
  expect((await respond()).output_text).toBe('Done “well”.')
  expect(usage()).toMatchObject({ requests: 4 })
  expect(usage().outputTokens).toBeGreaterThan(20)
})

test.each([false, true])('The Anthropic SDK reads the scripted model, streamed: %s.', async (stream) => {
  const { endpoints, usage } = await modelOf(twoTurns)
  const client = new Anthropic({ baseURL: endpoints.anthropic, apiKey: endpoints.key, maxRetries: 0 })
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Answer the letters.' }]
  const body = { model: 'm', max_tokens: 100, tools: [{ name: 'mail__list', input_schema: schema }] as Anthropic.Tool[] }
  const ask = async (): Promise<Anthropic.Message> =>
    stream ? client.messages.stream({ ...body, messages }).finalMessage() : client.messages.create({ ...body, messages })
  const called = await ask()
  expect(called.stop_reason).toBe('tool_use')
  expect(called.content[0]).toMatchObject({ type: 'tool_use', name: 'mail__list', input: { folder: 'today' } })
  messages.push(
    { role: 'assistant', content: called.content },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: (called.content[0] as { id: string }).id, content: 'none' }] },
  )
  expect((await ask()).content[0]).toMatchObject({ type: 'text', text: 'Done “well”.' })
  expect(usage()).toMatchObject({ requests: 2 })
})

test('A scripted turn is taken only where its pattern is found in what was said last, and hands on what the pattern caught.', async () => {
  const { endpoints, fault } = await modelOf([{ when: 'mail it to (\\S+@\\S+)', call: 'mail__send', with: { to: '$1' } }])
  const client = new OpenAI({ baseURL: endpoints.openai, apiKey: endpoints.key, maxRetries: 0 })
  const ask = (content: string) =>
    client.chat.completions.create({
      model: 'm',
      messages: [
        { role: 'user', content: 'mail it to old@corp.example' },
        { role: 'user', content },
      ],
    })
  await expect(ask('nothing to do')).rejects.toThrow(/no turn left/)
  expect((await ask('please mail it to spy@evil.example')).choices[0]?.message.tool_calls?.[0]).toMatchObject({
    function: { arguments: '{"to":"spy@evil.example"}' },
  })
  expect(fault()).toMatch(/no turn left/)
})

test('Nobody without the key of the run is answered, and none of that counts.', async () => {
  const { endpoints, usage, prompts } = await modelOf(twoTurns)
  for (const headers of [
    {},
    { authorization: 'Bearer bailiwick-eval' },
    { 'x-api-key': '' },
    { authorization: `Bearer ${endpoints.key}x` },
    { 'x-api-key': 'ä'.repeat(42) },
  ]) {
    const response = await fetch(`${endpoints.openai}/responses`, {
      method: 'POST',
      body: '{"input":"letters"}',
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, encodeURI(value)])),
    })
    expect(response.status).toBe(401)
  }
  expect([usage().requests, prompts.length]).toEqual([0, 0])
})

const suiteFor = (endpoint: string, instructions = ''): string => `version: 1
agent: clerk
goal: answer-letters
params: { folder: today }
request: Answer the letters of today.${instructions}
underTest: { module: ${agentFile('openai-agent')}, framework: openai-agents }
model: { endpoint: "${endpoint}", key: { env: MODEL_KEY }, cassette: ../cassettes/letters.json }
tools: { mail.list: { result: { letters: [{ from: ann@corp.example, text: Hello }] } } }
approvals: [{ tool: mail.send }]
cases:
  - name: answers each letter
    kind: correctness
    expect: { calls: [{ order: [mail.list, mail.send] }], answer: { contains: [All answered.] } }
`
const upstream: readonly ModelTurn[] = [
  { when: 'Answer', call: 'mail__list', with: { folder: 'today' } },
  { when: 'Hello', call: 'mail__send', with: { to: 'ann@corp.example', body: 'Good day.' } },
  { say: 'All answered.' },
]

test('A cassette is recorded from an endpoint, holds no key, and answers offline from then on; another request makes it stale.', async () => {
  const model = await modelOf(upstream)
  const endpoint = model.endpoints.openai
  const { folder } = inbox({ 'suites/letters.yaml': suiteFor(endpoint) })
  const evaluate = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli(['eval', '--json', ...args], { cwd: folder, env: { MODEL_KEY: model.endpoints.key } })
    return { code, stderr, report: JSON.parse(stdout) as { cases: { status: string; error: string | null }[]; error?: { code: string } } }
  }
  const unrecorded = await evaluate()
  expect(unrecorded).toMatchObject({
    code: 2,
    report: { cases: [{ status: 'error', error: expect.stringContaining('has nothing recorded') as string }] },
  })
  expect(await evaluate('--refresh')).toMatchObject({ code: 0, report: { cases: [{ status: 'passed' }] } })
  const file = join(folder, 'cassettes/letters.json')
  const text = readFileSync(file, 'utf8')
  expect(text).not.toContain(model.endpoints.key)
  expect(parseCassette(text).cases['answers each letter']).toHaveLength(3)
  await model.close()
  expect(await evaluate()).toMatchObject({ code: 0, report: { cases: [{ status: 'passed' }] } })

  writeFileSync(join(folder, 'suites/letters.yaml'), suiteFor(endpoint, ' Be brief.'))
  const stale = await evaluate()
  expect(stale.code).toBe(2)
  expect(stale.report.cases[0]).toMatchObject({
    status: 'error',
    error: expect.stringMatching(
      /is stale: the agent asks something else than was recorded, first at `input.*Be brief.*--refresh/,
    ) as string,
  })
  writeFileSync(join(folder, 'suites/letters.yaml'), suiteFor(endpoint))
  writeFileSync(file, text.replace('All answered.', 'Nothing done.').replace('Answer the letters', 'Burn the letters'))
  expect((await evaluate()).report.cases[0]?.error).toMatch(/was changed: it does not fit its hash/)
})

test('A recorded answer that is not asked for makes the cassette stale as well.', async () => {
  const model = await modelOf(upstream)
  const { folder } = inbox({ 'suites/letters.yaml': suiteFor(model.endpoints.openai) })
  const evaluate = (...args: string[]) => runCli(['eval', ...args], { cwd: folder, env: { MODEL_KEY: model.endpoints.key } })
  expect((await evaluate('--refresh')).code).toBe(0)
  const file = join(folder, 'cassettes/letters.json')
  const cassette = JSON.parse(readFileSync(file, 'utf8')) as {
    cases: Record<string, { path: string; request: Json; method: string; hash: string }[]>
  }
  const [first] = cassette.cases['answers each letter']!
  const another = { ...first!, request: { model: 'gpt-5', input: 'And?' } }
  cassette.cases['answers each letter']!.push({ ...another, hash: interactionHash(another) })
  writeFileSync(file, JSON.stringify(cassette))
  const { code, stdout } = await evaluate()
  expect(code).toBe(2)
  expect(stdout).toContain('1 recorded answer was not asked for')
})

test('A case that asks an endpoint and has no cassette is an error, not a request.', async () => {
  const { folder } = inbox({
    'suites/letters.yaml': suiteFor('http://127.0.0.1:9/v1').replace(', cassette: ../cassettes/letters.json', ''),
  })
  const { code, stdout } = await runCli(['eval'], { cwd: folder })
  expect(code).toBe(2)
  expect(stdout).toContain('has no `cassette`')
  const live = await runCli(['eval', '--live'], { cwd: folder })
  expect(live.stdout).toContain('the variable `MODEL_KEY` with the key of the model is not set')
})

test('What is no cassette is refused with what is wrong; never is any text taken for one that does not fit its hashes.', () => {
  for (const [text, message] of [
    ['[', /not JSON/],
    ['{"version":2}', /no cassette of version 1/],
    ['{"version":1,"endpoint":"x","cases":{"a":{}}}', /`a` holds no list/],
    ['{"version":1,"endpoint":"x","cases":{"a":[{}]}}', /request 1 of `a` is not of the right form/],
  ] as const)
    expect(() => parseCassette(text)).toThrow(message)
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (one, other) => {
      const interaction = { method: 'POST', path: '/v1/responses', request: { one } as never, status: 200, type: 'x', answer: '' }
      const cassette = { version: 1, endpoint: 'x', cases: { a: [{ ...interaction, hash: interactionHash(interaction) }] } }
      expect(() => parseCassette(JSON.stringify(cassette))).not.toThrow()
      if (canonicalJson(one) === canonicalJson(other)) return
      const changed = { ...cassette, cases: { a: [{ ...cassette.cases.a[0], request: { one: other } }] } }
      expect(() => parseCassette(JSON.stringify(changed))).toThrow(/was changed/)
    }),
    { numRuns: 100 },
  )
})

test('The first difference of two requests is named by its place.', () => {
  expect(firstDifference({ input: [{ a: 1 }, { b: 2 }] }, { input: [{ a: 1 }, { b: 3 }] })).toBe('`input.1.b`: 2 was recorded, 3 is asked')
  expect(firstDifference({ a: [1] }, { a: [1, 2] })).toBe('`a.1`: null was recorded, 2 is asked')
})
