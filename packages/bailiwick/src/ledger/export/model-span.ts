import { createHash } from 'node:crypto'
import type { ModelAnsweredEntry } from '../entry.ts'
import { longestText } from './call-span.ts'
import type { CallSpan } from './call-span.ts'
import type { ExportRecord } from './export-record.ts'
import { shortened } from './text.ts'

/** The span of a call of a model that was answered, by the semantic conventions for generative AI. Null for every other record. */
export function modelSpan({ entry, index, leaf }: ExportRecord): CallSpan | null {
  if (entry.type !== 'model' || entry.event === 'asked') return null
  const hash = createHash('sha256').update(`bailiwick model call v1\n${entry.modelCall}`).digest('hex')
  const end = Date.parse(entry.time)
  return {
    name: entry.requestModel === null ? entry.operationName : `${entry.operationName} ${entry.requestModel}`,
    kind: 'client',
    traceId: hash.slice(0, 32),
    spanId: hash.slice(32, 48),
    start: end - entry.milliseconds,
    end,
    attributes: {
      'gen_ai.operation.name': entry.operationName,
      'gen_ai.provider.name': entry.providerName,
      'gen_ai.request.stream': entry.requestStream,
      'gen_ai.agent.name': entry.agent,
      'gen_ai.conversation.id': entry.session,
      'server.address': entry.serverAddress,
      'server.port': entry.serverPort,
      'bailiwick.goal': entry.goal,
      'bailiwick.model.call': entry.modelCall,
      'bailiwick.model.status': entry.status,
      'bailiwick.entry.index': index,
      'bailiwick.entry.leaf': leaf,
      ...told(entry),
    },
    error: entry.status === 'ok' ? null : shortened(entry.error ?? entry.status, longestText),
  }
}

/** What is said of a call of a model only where it is known. */
function told(entry: ModelAnsweredEntry): CallSpan['attributes'] {
  const attributes: Readonly<Record<string, string | number | string[] | null>> = {
    'user.name': entry.person,
    'gen_ai.request.model': entry.requestModel,
    'gen_ai.response.model': entry.responseModel,
    'gen_ai.response.id': entry.responseId,
    'gen_ai.response.finish_reasons': entry.finishReasons.length === 0 ? null : [...entry.finishReasons],
    'gen_ai.usage.input_tokens': entry.inputTokens,
    'gen_ai.usage.output_tokens': entry.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': entry.cacheReadInputTokens,
    'gen_ai.usage.cache_creation.input_tokens': entry.cacheCreationInputTokens,
    'http.response.status_code': entry.httpStatusCode,
    'error.type': errorType(entry),
    'bailiwick.model.tools': entry.toolNames.length === 0 ? null : [...entry.toolNames],
  }
  return Object.fromEntries(Object.entries(attributes).filter((pair): pair is [string, string | number | string[]] => pair[1] !== null))
}

/** By the conventions, the status code where the provider answered with an error. */
function errorType({ status, httpStatusCode }: ModelAnsweredEntry): string | null {
  if (status === 'ok') return null
  return status === 'error' && httpStatusCode !== null && httpStatusCode >= 400 ? String(httpStatusCode) : status
}
