import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { WireFormat } from '../../model/vocabulary.ts'

/** Tokens of one call of a model; null where the provider did not say. */
export interface TokenUsage {
  /** All that went in, cached or not. */
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly cacheReadInputTokens: number | null
  readonly cacheCreationInputTokens: number | null
}

/** Reads the `usage` of an answer. Messages count what is read from a cache or written to it apart from the rest; here it is part of what went in. */
export function tokensIn(format: WireFormat, usage: JsonObject): TokenUsage {
  if (format === 'messages') {
    const cacheReadInputTokens = count(usage['cache_read_input_tokens'])
    const cacheCreationInputTokens = count(usage['cache_creation_input_tokens'])
    const apart = count(usage['input_tokens'])
    return {
      inputTokens: apart === null ? null : apart + (cacheReadInputTokens ?? 0) + (cacheCreationInputTokens ?? 0),
      outputTokens: count(usage['output_tokens']),
      cacheReadInputTokens,
      cacheCreationInputTokens,
    }
  }
  const [input, output] =
    format === 'responses' ? (['input_tokens', 'output_tokens'] as const) : (['prompt_tokens', 'completion_tokens'] as const)
  const details = usage[`${input}_details`]
  return {
    inputTokens: count(usage[input]),
    outputTokens: count(usage[output]),
    cacheReadInputTokens: isJsonObject(details) ? count(details['cached_tokens']) : null,
    cacheCreationInputTokens: null,
  }
}

function count(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}
