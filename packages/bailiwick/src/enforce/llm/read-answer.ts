import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { WireFormat } from '../../model/vocabulary.ts'
import { answerDocuments } from './answer-documents.ts'
import { tokensIn } from './token-usage.ts'
import type { TokenUsage } from './token-usage.ts'

/** What a model's answer says of itself. What it does not say is null, or an empty list. */
export interface ReadAnswer extends TokenUsage {
  readonly id: string | null
  /** The model that answered, in its version. */
  readonly model: string | null
  readonly finishReasons: readonly string[]
  /** Names of the tools that it asks for, each once. */
  readonly tools: readonly string[]
  /** The fault that the provider tells of in the answer. */
  readonly error: string | null
  /** Whether the answer came to its own end. */
  readonly whole: boolean
  readonly malformed: boolean
}

/** What the documents of an answer have said so far. */
interface Said {
  id: string | null
  model: string | null
  /** By the number of the choice. */
  readonly finishReasons: Map<number, string>
  readonly tools: Set<string>
  usage: JsonObject
  error: string | null
  whole: boolean
}

/** Reads an answer, whole or as far as it came. Whatever a provider sends instead of one is read as saying nothing. */
export function readAnswer(format: WireFormat, text: string, streamed: boolean): ReadAnswer {
  const { documents, done, malformed } = answerDocuments(text, streamed)
  const said: Said = { id: null, model: null, finishReasons: new Map(), tools: new Set(), usage: {}, error: null, whole: done }
  for (const document of documents) {
    said.error ??= errorIn(document)
    readers[format](document, said)
  }
  const { id, model, finishReasons, tools, error } = said
  return {
    ...tokensIn(format, said.usage),
    id,
    model,
    error,
    malformed,
    finishReasons: [...finishReasons.values()],
    tools: [...tools],
    whole: said.whole || (!streamed && documents.length === 1),
  }
}

const readers: Readonly<Record<WireFormat, (document: JsonObject, said: Said) => void>> = {
  'chat-completions': (document, said) => {
    name(document, said)
    for (const choice of objects(document['choices'])) {
      const message = object(choice['delta']) ?? object(choice['message'])
      for (const call of [...objects(message?.['tool_calls']), message ?? {}])
        addTool(said, object(call['function']) ?? object(call['custom']) ?? object(call['function_call']))
      const reason = textOf(choice['finish_reason'])
      if (reason === null) continue
      said.finishReasons.set(typeof choice['index'] === 'number' ? choice['index'] : 0, reason)
      said.whole = true
    }
    said.usage = { ...said.usage, ...object(document['usage']) }
  },
  responses: (document, said) => {
    const response = object(document['response']) ?? (document['object'] === 'response' ? document : null)
    const item = object(document['item'])
    if (item !== null) addOutput(said, item)
    if (response === null) return
    name(response, said)
    for (const output of objects(response['output'])) addOutput(said, output)
    const status = textOf(response['status'])
    if (status !== null && status !== 'in_progress' && status !== 'queued') {
      said.finishReasons.set(0, textOf(object(response['incomplete_details'])?.['reason']) ?? status)
      said.whole = true
    }
    said.error ??= errorIn(response)
    said.usage = { ...said.usage, ...object(response['usage']) }
  },
  messages: (document, said) => {
    const message = object(document['message']) ?? (document['type'] === 'message' ? document : null)
    if (message !== null) name(message, said)
    for (const block of [...objects(message?.['content']), object(document['content_block']) ?? {}])
      if (textOf(block['type'])?.endsWith('tool_use') === true) addTool(said, block)
    const reason = textOf(object(document['delta'])?.['stop_reason']) ?? textOf(message?.['stop_reason'])
    if (reason !== null) said.finishReasons.set(0, reason)
    if (document['type'] === 'message_stop') said.whole = true
    said.usage = { ...said.usage, ...object(message?.['usage']), ...object(document['usage']) }
  },
}

function name(document: JsonObject, said: Said): void {
  said.id = textOf(document['id']) ?? said.id
  said.model = textOf(document['model']) ?? said.model
}

/** An item of a response: a tool of the agent's by its name, one of the provider's by its kind. */
function addOutput(said: Said, item: JsonObject): void {
  const kind = textOf(item['type'])
  if (kind?.endsWith('_call') !== true) return
  said.tools.add(textOf(item['name']) ?? kind.slice(0, -'_call'.length))
}

function addTool(said: Said, tool: JsonObject | null): void {
  const called = textOf(tool?.['name'])
  if (called !== null && called !== '') said.tools.add(called)
}

/** What an error says, in each of the forms: beside what else there is, or as an event of its own. */
function errorIn(document: JsonObject): string | null {
  const { error } = document
  if (typeof error === 'string') return error
  if (isJsonObject(error)) return textOf(error['message']) ?? textOf(error['type']) ?? textOf(error['code']) ?? 'an error without a message'
  return document['type'] === 'error' ? (textOf(document['message']) ?? 'an error without a message') : null
}

function object(value: Json | undefined): JsonObject | null {
  return isJsonObject(value) ? value : null
}

function objects(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isJsonObject) : []
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null
}
