import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { ToolDefinition } from '../../model/pin.ts'
import { honestValue } from '../generate/honest-value.ts'

/** What a mocked tool gives back. */
export interface MockResult {
  readonly content: readonly JsonObject[]
  readonly structuredContent?: JsonObject
  readonly isError?: boolean
}

/**
 * The result that a fixture stands for: a whole result of `tools/call` (with `content`), or the structured content of one.
 * @throws TypeError when it is neither
 */
export function fixtureResult(fixture: Json): MockResult {
  if (!isJsonObject(fixture)) throw new TypeError('a fixture is a JSON object: a result with `content`, or structured content')
  if (Array.isArray(fixture['content'])) return fixture as unknown as MockResult
  return structuredResult(fixture)
}

/** A result as the tool's definition promises it: structured content that fits its output schema, or a text that says what was asked. */
export function sampleOf(definition: ToolDefinition, args: JsonObject): MockResult {
  const schema = definition.outputSchema
  const sample =
    schema === undefined ? undefined : honestValue(schema, undefined, { params: {}, base: '/', root: schema, sink: null, variant: 0 })
  if (isJsonObject(sample)) return structuredResult(sample)
  return { content: [{ type: 'text', text: `\`${definition.name}\` is mocked; it was called with ${JSON.stringify(args)}` }] }
}

function structuredResult(structuredContent: JsonObject): MockResult {
  return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent }
}
