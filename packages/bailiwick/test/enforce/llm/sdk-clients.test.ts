import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { expect, onTestFinished, test } from 'vitest'
import { serveModel } from '../../../src/evals/model/model-server.ts'
import { ScriptedModel } from '../../../src/evals/model/scripted-model.ts'
import type { ModelTurn } from '../../../src/evals/suite/suite.ts'
import { recorded } from './recorded-models.ts'
import type { Recorded } from './recorded-models.ts'

const turns: readonly ModelTurn[] = [{ call: 'mail__read', with: { folder: 'today' } }, { say: 'Done “well”.' }]
const schema = { type: 'object', properties: { folder: { type: 'string' } } } as const
const own = { apiKey: 'of-no-use', maxRetries: 0 }

async function scripted(protocol: 'openai' | 'anthropic'): Promise<Recorded> {
  const model = await serveModel(new ScriptedModel([...turns, ...turns]), new AbortController().signal)
  onTestFinished(() => model.close())
  return recorded(model.endpoints[protocol], { key: { value: model.endpoints.key } })
}

test.each([false, true])('The OpenAI SDK speaks through the gateway in both of its forms, streamed: %s.', async (stream) => {
  const { gateway, models, payload, session, verified } = await scripted('openai')
  const client = new OpenAI({ baseURL: gateway.openai, ...own })
  const messages: OpenAI.Chat.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Answer the letters.' }]
  const tools = [{ type: 'function', function: { name: 'mail__read', parameters: schema } }] as const
  const complete = async (): Promise<OpenAI.Chat.ChatCompletionMessage> => {
    if (!stream) return (await client.chat.completions.create({ model: 'm', messages, tools: [...tools] })).choices[0]!.message
    return (await client.chat.completions.stream({ model: 'm', messages, tools: [...tools] }).finalChatCompletion()).choices[0]!.message
  }
  expect((await complete()).tool_calls?.[0]).toMatchObject({ function: { name: 'mail__read', arguments: '{"folder":"today"}' } })
  expect((await complete()).content).toBe('Done “well”.')
  const input = 'Answer the letters.'
  const response = stream
    ? await client.responses.stream({ model: 'm', input }).finalResponse()
    : await client.responses.create({ model: 'm', input })
  expect(response.output[0]).toMatchObject({ type: 'function_call', name: 'mail__read' })
  const halves = await models()
  expect(halves.map(({ event, wireFormat }) => `${event} ${wireFormat}`)).toEqual([
    'asked chat-completions',
    'answered chat-completions',
    'asked chat-completions',
    'answered chat-completions',
    'asked responses',
    'answered responses',
  ])
  const [asked, answered, , said, , responded] = halves
  expect(asked).toMatchObject({
    session,
    agent: 'clerk',
    person: 'ann',
    goal: 'letters',
    operationName: 'chat',
    providerName: 'openai',
    serverAddress: '127.0.0.1',
    requestModel: 'm',
    requestStream: stream,
  })
  expect(answered).toMatchObject({
    modelCall: asked?.modelCall,
    status: 'ok',
    httpStatusCode: 200,
    error: null,
    responseModel: 'm',
    responseId: 'chatcmpl-1',
    finishReasons: ['tool_calls'],
    toolNames: ['mail__read'],
    inputTokens: expect.any(Number) as number,
    outputTokens: expect.any(Number) as number,
    cacheReadInputTokens: null,
  })
  expect(said).toMatchObject({ finishReasons: ['stop'], toolNames: [] })
  expect(responded).toMatchObject({
    responseId: 'resp_3',
    finishReasons: ['completed'],
    toolNames: ['mail__read'],
    cacheReadInputTokens: 0,
  })
  expect(await payload(asked?.event === 'asked' ? asked.prompt.hash : '')).toMatchObject({ model: 'm', messages })
  const answer = await payload(said?.event === 'answered' ? said.response?.hash : '')
  if (stream) expect(answer).toContain('data: [DONE]')
  else expect(answer).toMatchObject({ choices: [{ message: { content: 'Done “well”.' } }] })
  expect(await verified()).toEqual([])
})

test.each([false, true])('The Anthropic SDK speaks through the gateway, streamed: %s.', async (stream) => {
  const { gateway, models, verified } = await scripted('anthropic')
  const client = new Anthropic({ baseURL: gateway.anthropic, ...own })
  const body = {
    model: 'm',
    max_tokens: 100,
    tools: [{ name: 'mail__read', input_schema: schema }] as Anthropic.Tool[],
    messages: [{ role: 'user', content: 'Answer the letters.' }] as Anthropic.MessageParam[],
  }
  const answer = stream ? await client.messages.stream(body).finalMessage() : await client.messages.create(body)
  expect(answer.content[0]).toMatchObject({ type: 'tool_use', name: 'mail__read', input: { folder: 'today' } })
  const [asked, answered] = await models()
  expect(asked).toMatchObject({ event: 'asked', wireFormat: 'messages', providerName: 'anthropic', requestStream: stream })
  expect(answered).toMatchObject({
    status: 'ok',
    responseId: 'msg_1',
    finishReasons: ['tool_use'],
    toolNames: ['mail__read'],
    inputTokens: answer.usage.input_tokens,
    outputTokens: answer.usage.output_tokens,
  })
  expect(await verified()).toEqual([])
})

test('SDKs show the reason when a session may ask no more.', async () => {
  const { gateway, installation, session, models } = await scripted('openai')
  await installation.sessions.change(session, 'revoke', 'ann')
  const openai = new OpenAI({ baseURL: gateway.openai, ...own })
  await expect(openai.chat.completions.create({ model: 'm', messages: [] })).rejects.toThrow('403 the session is revoked')
  const anthropic = new Anthropic({ baseURL: gateway.anthropic, ...own })
  await expect(anthropic.messages.create({ model: 'm', max_tokens: 1, messages: [] })).rejects.toThrow(/403.*the session is revoked/)
  expect(await models()).toEqual([])
})
