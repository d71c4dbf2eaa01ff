import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { WireFormat } from '../../model/vocabulary.ts'

/** What a model says in one turn. */
export interface Spoken {
  readonly id: string
  readonly model: string
  readonly say: string | null
  readonly call: { readonly name: string; readonly arguments: JsonObject } | null
  readonly inputTokens: number
  readonly outputTokens: number
}

/** The body of an answer that is not streamed. */
export function answerBody(format: WireFormat, spoken: Spoken): JsonObject {
  return format === 'chat-completions' ? chatCompletion(spoken) : format === 'responses' ? response(spoken, 'completed') : message(spoken)
}

/** The texts that a request says last: the newest result of a tool, or the newest words of the user. */
export function lastWords(format: WireFormat, request: JsonObject): string {
  const list = request[format === 'responses' ? 'input' : 'messages']
  if (typeof list === 'string') return list
  const last = Array.isArray(list) ? (list as readonly Json[]).at(-1) : undefined
  return texts(last ?? null).join('\n')
}

function texts(value: Json): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(texts)
  if (!isJsonObject(value)) return []
  return ['content', 'output', 'text'].flatMap((name) => (Object.hasOwn(value, name) ? texts(value[name] as Json) : []))
}

/** The choice of a chat completion, and why it ended. */
export function chatMessage({ id, say, call }: Spoken): JsonObject {
  const tool =
    call === null ? null : { id: `call_${id}`, type: 'function', function: { name: call.name, arguments: JSON.stringify(call.arguments) } }
  return { role: 'assistant', content: say, ...(tool === null ? {} : { tool_calls: [tool] }) }
}

export function chatUsage({ inputTokens, outputTokens }: Spoken): JsonObject {
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens }
}

function chatCompletion(spoken: Spoken): JsonObject {
  const { id, model, call } = spoken
  return {
    id: `chatcmpl-${id}`,
    object: 'chat.completion',
    created: 0,
    model,
    choices: [{ index: 0, message: chatMessage(spoken), finish_reason: call === null ? 'stop' : 'tool_calls' }],
    usage: chatUsage(spoken),
  }
}

/** The items of an answer in the form of Responses. */
export function responseItems({ id, say, call }: Spoken): JsonObject[] {
  return [
    ...(say === null
      ? []
      : [
          {
            type: 'message',
            id: `msg_${id}`,
            status: 'completed',
            role: 'assistant',
            content: [{ type: 'output_text', text: say, annotations: [], logprobs: [] }],
          },
        ]),
    ...(call === null
      ? []
      : [
          {
            type: 'function_call',
            id: `fc_${id}`,
            call_id: `call_${id}`,
            name: call.name,
            arguments: JSON.stringify(call.arguments),
            status: 'completed',
          },
        ]),
  ]
}

export function response(spoken: Spoken, status: 'completed' | 'in_progress'): JsonObject {
  const { id, model, inputTokens, outputTokens } = spoken
  const done = status === 'completed'
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: 0,
    status,
    model,
    output: done ? responseItems(spoken) : [],
    usage: done
      ? {
          input_tokens: inputTokens,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens: outputTokens,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: inputTokens + outputTokens,
        }
      : null,
  }
}

/** The blocks of a message. */
export function messageBlocks({ id, say, call }: Spoken): JsonObject[] {
  return [
    ...(say === null ? [] : [{ type: 'text', text: say }]),
    ...(call === null ? [] : [{ type: 'tool_use', id: `toolu_${id}`, name: call.name, input: call.arguments }]),
  ]
}

export function stopReason({ call }: Spoken): string {
  return call === null ? 'end_turn' : 'tool_use'
}

function message(spoken: Spoken): JsonObject {
  const { id, model, inputTokens, outputTokens } = spoken
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content: messageBlocks(spoken),
    stop_reason: stopReason(spoken),
    stop_sequence: null,
    usage: { input_tokens: inputTokens, output_tokens: outputTokens },
  }
}
