import type { Json } from '../../model/json.ts'
import type { ModelStatus } from '../../model/vocabulary.ts'
import type { ModelAnsweredEntry, ModelAskedEntry } from '../entry.ts'
import type { ExportRecord } from './export-record.ts'
import { apiActivityKind, parties } from './ocsf-api-activity.ts'
import { failed, ocsfBase, payloadOf, present, statusOf, succeeded } from './ocsf-event.ts'
import type { Captioned, OcsfEvent } from './ocsf-event.ts'

const profiles = ['ai_operation']

/** A call of a model by one of its halves. */
export function modelActivity(record: ExportRecord, entry: ModelAskedEntry | ModelAnsweredEntry): OcsfEvent {
  const answered = entry.event === 'answered' ? entry : null
  const { message_context: context, ...who } = parties(record, entry.agent)
  return ocsfBase(record, { ...apiActivityKind, profiles }, [99, 'Chat'], {
    ...who,
    ...statusOf(answered === null ? [99, 'Asked'] : ended[answered.status]),
    status_detail: answered?.error ?? undefined,
    ...(answered === null ? {} : { duration: answered.milliseconds, end_time: Date.parse(answered.time) }),
    ai_model: present({
      ai_provider: entry.providerName,
      name: entry.requestModel ?? answered?.responseModel ?? 'unknown',
      version: answered?.responseModel ?? undefined,
    }),
    message_context: { ...(context as object), ...(answered === null ? {} : tokens(answered)) },
    api: present({
      operation: entry.operationName,
      service: { name: entry.providerName },
      request: present({ uid: entry.modelCall, data: payloadOf(record, 'prompt') }),
      response:
        answered === null
          ? undefined
          : present({
              code: answered.httpStatusCode ?? undefined,
              error: answered.error ?? undefined,
              data: payloadOf(record, 'response'),
            }),
    }),
    dst_endpoint: { hostname: entry.serverAddress, port: entry.serverPort },
    unmapped: present({
      goal: entry.goal,
      wire_format: entry.wireFormat,
      stream: entry.requestStream,
      prompt: entry.event === 'asked' ? entry.prompt.hash : undefined,
      response: answered?.response?.hash,
      response_id: answered?.responseId ?? undefined,
      finish_reasons: answered?.finishReasons,
      tool_names: answered?.toolNames,
      cache_read_input_tokens: answered?.cacheReadInputTokens ?? undefined,
      cache_creation_input_tokens: answered?.cacheCreationInputTokens ?? undefined,
    }),
  })
}

const ended: Readonly<Record<ModelStatus, Captioned>> = {
  ok: succeeded,
  error: failed,
  aborted: failed,
  unknown: [0, 'Unknown'],
}

function tokens({ inputTokens, outputTokens }: ModelAnsweredEntry): Readonly<Record<string, Json>> {
  return present({
    prompt_tokens: inputTokens ?? undefined,
    completion_tokens: outputTokens ?? undefined,
    total_tokens: inputTokens === null || outputTokens === null ? undefined : inputTokens + outputTokens,
  })
}
