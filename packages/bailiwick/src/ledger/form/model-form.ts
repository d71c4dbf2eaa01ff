import * as z from 'zod'
import { modelStatuses, wireFormats } from '../../model/vocabulary.ts'
import type { ModelAnsweredEntry, ModelAskedEntry } from '../entry.ts'
import { exactly } from './exactly.ts'
import { commitment, count, linked, list, text } from './fields.ts'

const call = {
  ...linked,
  type: z.literal('model'),
  modelCall: text,
  session: text,
  agent: text,
  person: text.nullable(),
  goal: text,
  operationName: z.literal('chat'),
  providerName: text,
  serverAddress: text,
  serverPort: count,
  wireFormat: z.enum(wireFormats),
  requestModel: text.nullable(),
  requestStream: z.boolean(),
}

const asked: z.ZodType<ModelAskedEntry> = exactly<ModelAskedEntry>()(
  z.strictObject({ ...call, event: z.literal('asked'), prompt: commitment }),
)

const answered: z.ZodType<ModelAnsweredEntry> = exactly<ModelAnsweredEntry>()(
  z.strictObject({
    ...call,
    event: z.literal('answered'),
    status: z.enum(modelStatuses),
    httpStatusCode: count.nullable(),
    error: text.nullable(),
    responseModel: text.nullable(),
    responseId: text.nullable(),
    finishReasons: list(text),
    inputTokens: count.nullable(),
    outputTokens: count.nullable(),
    cacheReadInputTokens: count.nullable(),
    cacheCreationInputTokens: count.nullable(),
    toolNames: list(text),
    response: commitment.nullable(),
    milliseconds: count,
  }),
)

/** Both halves of a call of a model. */
export const modelForm: z.ZodType<ModelAskedEntry | ModelAnsweredEntry> = z.union([asked, answered])
