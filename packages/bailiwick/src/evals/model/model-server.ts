import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import type { Context } from 'hono'
import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { WireFormat } from '../../model/vocabulary.ts'
import { readAnswer } from '../../enforce/llm/read-answer.ts'
import { wireFormatOf } from '../../enforce/llm/wire-format.ts'
import { listenOnLoopback } from '../../enforce/mcp/loopback.ts'
import type { ModelUsage } from '../expect/run-trace.ts'
import type { ModelEndpoints } from '../subject/agent-task.ts'

export interface ModelRequest {
  readonly method: string
  /** Such as `/v1/responses`. */
  readonly path: string
  readonly format: WireFormat | null
  readonly text: string
  /** Null when the text is not a JSON object. */
  readonly body: JsonObject | null
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

export interface ModelAnswer {
  readonly status: number
  readonly type: string
  readonly body: string
  /** Why the run counts for nothing; null when it counts. */
  readonly fault: string | null
}

/** Answers what an agent asks its model. */
export interface ModelBehind {
  answer(request: ModelRequest): ModelAnswer | Promise<ModelAnswer>
}

/** A model on loopback for one run, for whoever has the key that was made for it. It takes note of everything that it is asked. */
export interface ModelServer {
  readonly endpoints: ModelEndpoints
  readonly prompts: readonly string[]
  readonly usage: () => ModelUsage
  /** The first fault; null when there was none. */
  readonly fault: () => string | null
  readonly close: () => Promise<void>
}

const longestRequest = 16 * 1024 * 1024
const mostRequests = 1000

export async function serveModel(behind: ModelBehind, signal: AbortSignal): Promise<ModelServer> {
  const key = `bailiwick-${randomBytes(24).toString('base64url')}`
  const prompts: string[] = []
  const usage = { requests: 0, inputTokens: 0, outputTokens: 0 }
  let fault: string | null = null
  const app = new Hono()
  app.all('*', async (context) => {
    // Behind it may be an endpoint that costs money, and on this machine there may be others.
    if (!hasKey(context, key))
      return context.json({ error: { type: 'bailiwick', message: 'this model is for one run, which has its key' } }, 401)
    const request = await readRequest(context, signal)
    usage.requests += 1
    const answer =
      usage.requests > mostRequests
        ? { status: 429, type: 'application/json', body: '{}', fault: `the agent asked its model more than ${mostRequests} times` }
        : await behind.answer(request)
    if (request.text !== '') prompts.push(request.text)
    fault ??= answer.fault
    const tokens = request.format === null ? null : readAnswer(request.format, answer.body, answer.type.startsWith('text/event-stream'))
    usage.inputTokens += tokens?.inputTokens ?? 0
    usage.outputTokens += tokens?.outputTokens ?? 0
    return new Response(answer.body, { status: answer.status, headers: { 'content-type': answer.type } })
  })
  const server = await listenOnLoopback(createAdaptorServer({ fetch: app.fetch }), 0)
  return {
    endpoints: { openai: `${server.origin}/openai/v1`, anthropic: `${server.origin}/anthropic`, key },
    prompts,
    usage: () => ({ ...usage }),
    fault: () => fault,
    close: server.close,
  }
}

function hasKey(context: Context, key: string): boolean {
  const given = context.req.header('x-api-key') ?? context.req.header('authorization')?.replace(/^Bearer /i, '') ?? ''
  return given.length === key.length && timingSafeEqual(Buffer.from(given), Buffer.from(key))
}

async function readRequest(context: Context, signal: AbortSignal): Promise<ModelRequest> {
  const { pathname } = new URL(context.req.url)
  const path = pathname.replace(/^\/(?:openai|anthropic)\//, '/')
  const text = (await context.req.text()).slice(0, longestRequest)
  const value = parsed(text)
  return {
    method: context.req.method,
    path,
    format: wireFormatOf(path),
    text,
    body: isJsonObject(value) ? value : null,
    headers: context.req.header(),
    signal,
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
