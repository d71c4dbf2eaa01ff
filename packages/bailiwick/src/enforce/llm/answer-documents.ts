import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'

/** The JSON objects that an answer is made of, whether it is one or a stream of server-sent events. */
export interface AnswerDocuments {
  readonly documents: readonly JsonObject[]
  /** Whether the stream says by `[DONE]` that it is whole. */
  readonly done: boolean
  /** Whether something stands where an object should. */
  readonly malformed: boolean
}

export function answerDocuments(text: string, streamed: boolean): AnswerDocuments {
  const data = streamed ? eventData(text) : [text]
  const documents = data.filter((one) => one !== '[DONE]').map(parsed)
  return { documents: documents.filter(isJsonObject), done: documents.length < data.length, malformed: !documents.every(isJsonObject) }
}

/** The data of each event; that of one which was cut off is left out. */
function eventData(text: string): string[] {
  return text
    .split(/\r\n\r\n|\n\n|\r\r/)
    .slice(0, -1)
    .map((event) => event.split(/\r\n|\n|\r/).flatMap((line) => (line.startsWith('data:') ? [line.slice('data:'.length).trimStart()] : [])))
    .flatMap((lines) => (lines.length === 0 ? [] : [lines.join('\n')]))
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
