import type { JsonObject } from '../../model/json.ts'
import type { WireFormat } from '../../model/vocabulary.ts'
import { chatMessage, chatUsage, messageBlocks, response, responseItems, stopReason } from './wire-formats.ts'
import type { Spoken } from './wire-formats.ts'

/** An answer as a stream of server-sent events, in as few of them as its form allows. */
export function answerStream(format: WireFormat, spoken: Spoken): string {
  if (format === 'chat-completions') return chatStream(spoken)
  return (format === 'responses' ? responseEvents(spoken) : messageEvents(spoken))
    .map((event) => `event: ${event['type'] as string}\ndata: ${JSON.stringify(event)}\n\n`)
    .join('')
}

function chatStream(spoken: Spoken): string {
  const { id, model, call } = spoken
  const { tool_calls: calls, ...said } = chatMessage(spoken)
  const delta =
    calls === undefined ? said : { ...said, tool_calls: (calls as readonly JsonObject[]).map((one, index) => ({ index, ...one })) }
  const chunk = (choices: readonly JsonObject[], more: JsonObject = {}): string =>
    `data: ${JSON.stringify({ id: `chatcmpl-${id}`, object: 'chat.completion.chunk', created: 0, model, choices, ...more })}\n\n`
  return [
    chunk([{ index: 0, delta, finish_reason: null }]),
    chunk([{ index: 0, delta: {}, finish_reason: call === null ? 'stop' : 'tool_calls' }]),
    chunk([], { usage: chatUsage(spoken) }),
    'data: [DONE]\n\n',
  ].join('')
}

function responseEvents(spoken: Spoken): JsonObject[] {
  const events: JsonObject[] = [{ type: 'response.created', response: response(spoken, 'in_progress') }]
  for (const [index, item] of responseItems(spoken).entries()) {
    const at = { item_id: item['id'] as string, output_index: index }
    if (item['type'] === 'function_call') {
      const args = item['arguments'] as string
      events.push(
        { type: 'response.output_item.added', output_index: index, item: { ...item, arguments: '', status: 'in_progress' } },
        { type: 'response.function_call_arguments.delta', ...at, delta: args },
        { type: 'response.function_call_arguments.done', ...at, name: item['name'] as string, arguments: args },
      )
    } else {
      const text = spoken.say ?? ''
      const part = { type: 'output_text', text: '', annotations: [] }
      const inside = { ...at, content_index: 0 }
      events.push(
        { type: 'response.output_item.added', output_index: index, item: { ...item, content: [], status: 'in_progress' } },
        { type: 'response.content_part.added', ...inside, part },
        { type: 'response.output_text.delta', ...inside, delta: text, logprobs: [] },
        { type: 'response.output_text.done', ...inside, text, logprobs: [] },
        { type: 'response.content_part.done', ...inside, part: { ...part, text } },
      )
    }
    events.push({ type: 'response.output_item.done', output_index: index, item })
  }
  events.push({ type: 'response.completed', response: response(spoken, 'completed') })
  return events.map((event, index) => ({ ...event, sequence_number: index }))
}

function messageEvents(spoken: Spoken): JsonObject[] {
  const { id, model, inputTokens, outputTokens } = spoken
  const usage = { input_tokens: inputTokens, output_tokens: 1 }
  const opening = { id: `msg_${id}`, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null, usage }
  const blocks = messageBlocks(spoken).flatMap((block, index): JsonObject[] => {
    const text = block['type'] === 'text'
    return [
      { type: 'content_block_start', index, content_block: text ? { type: 'text', text: '' } : { ...block, input: {} } },
      {
        type: 'content_block_delta',
        index,
        delta: text
          ? { type: 'text_delta', text: block['text'] as string }
          : { type: 'input_json_delta', partial_json: JSON.stringify(block['input']) },
      },
      { type: 'content_block_stop', index },
    ]
  })
  return [
    { type: 'message_start', message: opening },
    ...blocks,
    { type: 'message_delta', delta: { stop_reason: stopReason(spoken), stop_sequence: null }, usage: { output_tokens: outputTokens } },
    { type: 'message_stop' },
  ]
}
