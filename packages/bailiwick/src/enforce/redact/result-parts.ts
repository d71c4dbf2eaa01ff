import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'

/** What becomes of the parts of a result: of a text, and of what is no text. The latter gives the text to stand for it, or null to leave it. */
export interface PartChanges {
  readonly text: (text: string) => string
  readonly opaque: (what: string) => string | null
}

/** Changes the texts and the binary parts of a result of `tools/call`, `resources/read` or `prompts/get`; all else stays. */
export function changeParts(result: JsonObject, changes: PartChanges): JsonObject {
  const { content, contents, messages, description } = result
  return {
    ...result,
    ...(Array.isArray(content) ? { content: content.map((block: Json) => changeBlock(block, changes)) } : {}),
    ...(Array.isArray(contents) ? { contents: contents.map((one: Json) => changeResource(one, changes)) } : {}),
    ...(Array.isArray(messages) ? { messages: messages.map((message: Json) => changeMessage(message, changes)) } : {}),
    ...(typeof description === 'string' ? { description: changes.text(description) } : {}),
  }
}

/** What is left of a result of which everything is to be taken out: its form. */
export function emptied(result: JsonObject, text: string): JsonObject {
  const { content, contents, messages, isError, resultType } = result
  return {
    ...(content === undefined ? {} : { content: [{ type: 'text', text }] }),
    ...(Array.isArray(contents) ? { contents: contents.map(() => ({ uri: 'urn:redacted', mimeType: 'text/plain', text })) } : {}),
    ...(Array.isArray(messages) ? { messages: messages.map(() => ({ role: 'user', content: { type: 'text', text } })) } : {}),
    ...(typeof isError === 'boolean' ? { isError } : {}),
    ...(resultType === 'complete' ? { resultType } : {}),
  }
}

function changeMessage(message: Json, changes: PartChanges): Json {
  if (!isJsonObject(message)) return message
  const { content } = message
  if (Array.isArray(content)) return { ...message, content: content.map((block: Json) => changeBlock(block, changes)) }
  return content === undefined ? message : { ...message, content: changeBlock(content, changes) }
}

function changeBlock(block: Json, changes: PartChanges): Json {
  if (!isJsonObject(block)) return block
  const { type, text, resource } = block
  if (type === 'text') return typeof text === 'string' ? { ...block, text: changes.text(text) } : block
  if (type === 'resource') return resource === undefined ? block : { ...block, resource: changeResource(resource, changes) }
  if (type === 'resource_link') return block
  // Images, sound, and whatever a later revision may bring.
  const instead = changes.opaque(type === 'image' || type === 'audio' ? type : 'content')
  return instead === null ? block : { type: 'text', text: instead }
}

function changeResource(resource: Json, changes: PartChanges): Json {
  if (!isJsonObject(resource)) return resource
  const { text, blob, ...rest } = resource
  const kept = typeof text === 'string' ? { ...rest, text: changes.text(text) } : rest
  if (blob === undefined) return kept
  const instead = changes.opaque('resource')
  if (instead === null) return { ...kept, blob }
  return { ...kept, mimeType: 'text/plain', text: typeof text === 'string' ? (kept as { text: string }).text : instead }
}
