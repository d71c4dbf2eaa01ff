import type { IncomingMessage } from 'node:http'
import { jsonHazard } from '../../model/json-hazard.ts'
import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { WireFormat } from '../../model/vocabulary.ts'
import { wireFormatOf } from './wire-format.ts'

/** A request to a model that is understood whole, so that what is recorded is what is asked. */
export interface ModelRequest {
  readonly format: WireFormat
  /** `/v1/responses` and the like, with its query. */
  readonly path: string
  /** The body as the agent wrote it, which is what is forwarded. */
  readonly text: string
  readonly body: JsonObject
  /** Null when the request leaves it to the provider. */
  readonly model: string | null
  readonly stream: boolean
  readonly headers: Readonly<Record<string, string>>
}

/** A request that is not forwarded, with the status and the reason that the agent is told. */
export interface RefusedRequest {
  readonly status: number
  readonly problem: string
}

/** As long as the longest that a provider takes. */
export const longestRequest: number = 32 * 1024 * 1024
/** Past this an agent is cut off, answer or not. */
const longestRead = 2 * longestRequest
const paths = new Set(['/v1/chat/completions', '/v1/responses', '/v1/messages'])
const parameters = new Set(['beta', 'api-version'])

/** Reads a request whose path is given without what stands before the version. */
export async function readModelRequest(incoming: IncomingMessage, target: string): Promise<ModelRequest | RefusedRequest> {
  const { pathname, search, searchParams } = new URL(target, 'http://localhost')
  const path = pathname.startsWith('/v1/') ? pathname : `/v1${pathname}`
  const format = paths.has(path) ? wireFormatOf(path) : null
  if (format === null)
    return refused(404, 'only chat completions, responses and messages are recorded, and what is not recorded is not forwarded')
  if (incoming.method !== 'POST') return refused(405, 'a model is asked with POST')
  if ([...searchParams.keys()].some((name) => !parameters.has(name))) return refused(400, 'the address has a parameter that is not known')
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = incoming.headers
  if (type.split(';')[0]?.trim().toLowerCase() !== 'application/json' || encoding !== 'identity')
    return refused(415, 'the body must be application/json, not compressed')
  const bytes = await readBody(incoming)
  if (bytes === null) return refused(413, `the request is over ${longestRequest} bytes`)
  const read = jsonIn(bytes)
  if ('problem' in read) return refused(400, read.problem)
  const problem = formProblem(format, read.body)
  if (problem !== null) return refused(400, problem)
  const { model, stream } = read.body
  return {
    format,
    path: `${path}${search}`,
    ...read,
    model: typeof model === 'string' ? model : null,
    stream: stream === true,
    headers: Object.fromEntries(
      Object.entries(incoming.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    ),
  }
}

/** Null for a body that is too long, the rest of which is read and dropped: an agent that cannot finish writing never reads the answer. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > longestRead) break
    if (length > longestRequest) chunks.length = 0
    else chunks.push(chunk)
  }
  return length > longestRequest ? null : Buffer.concat(chunks)
}

function jsonIn(bytes: Buffer): { readonly text: string; readonly body: JsonObject } | { readonly problem: string } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const body = JSON.parse(text) as Json
    const hazard = jsonHazard(text)
    if (hazard !== null) return { problem: `the request was refused: ${hazard}` }
    return isJsonObject(body) ? { text, body } : { problem: 'the request is no JSON object' }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return { problem: 'the request is no JSON' }
    throw error
  }
}

function formProblem(format: WireFormat, { model, messages, stream, background }: JsonObject): string | null {
  if (model !== undefined && typeof model !== 'string') return '`model` must be a text'
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean') return '`stream` must be true or false'
  if (format !== 'responses') {
    if (model === undefined) return '`model` must be given'
    return Array.isArray(messages) ? null : '`messages` must be a list'
  }
  // Its answer would be fetched past the record.
  return background === true ? '`background` is not supported: the answer could not be recorded' : null
}

function refused(status: number, problem: string): RefusedRequest {
  return { status, problem }
}
