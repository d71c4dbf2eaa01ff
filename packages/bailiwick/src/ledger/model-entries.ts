import type { ModelAnsweredEntry, ModelAskedEntry, NewEntry } from './entry.ts'

type Unstamped<E> = Omit<E, 'v' | 'time' | 'instance' | 'previous'>

/** What a call of a model came to. */
export type ModelEnd = Pick<ModelAnsweredEntry, 'status' | 'error'> &
  Partial<Omit<ModelAnsweredEntry, keyof Unstamped<ModelAskedEntry> | 'v' | 'time' | 'instance' | 'previous' | 'status' | 'error'>>

/** The second half of a call of a model, which names it as the first half does. What is not given of its end is not known. */
export function answeredEntry(asked: Unstamped<ModelAskedEntry>, end: ModelEnd): NewEntry & { readonly type: 'model' } {
  return {
    type: 'model',
    event: 'answered',
    modelCall: asked.modelCall,
    session: asked.session,
    agent: asked.agent,
    person: asked.person,
    goal: asked.goal,
    operationName: asked.operationName,
    providerName: asked.providerName,
    serverAddress: asked.serverAddress,
    serverPort: asked.serverPort,
    wireFormat: asked.wireFormat,
    requestModel: asked.requestModel,
    requestStream: asked.requestStream,
    httpStatusCode: null,
    responseModel: null,
    responseId: null,
    finishReasons: [],
    inputTokens: null,
    outputTokens: null,
    cacheReadInputTokens: null,
    cacheCreationInputTokens: null,
    toolNames: [],
    response: null,
    milliseconds: 0,
    ...end,
  }
}
