import { jsonHazard } from '../model/json-hazard.ts'

/** The longest body that is taken, in bytes. */
const longestBody = 8 * 1024 * 1024
/** Past this a client is cut off, answer or not. */
const longestRead = 4 * longestBody

/** The JSON value of a body, or why there is none: its media type, its length, text that is not JSON, or JSON that two readers could read differently. */
export type JsonBody =
  | { readonly value: unknown }
  | { readonly problem: string; readonly because: 'type' | 'length' | 'syntax' | 'hazard'; readonly status: number }

/** Reads the body of a request as JSON that all readers take alike. */
export async function strictJsonBody(request: Request): Promise<JsonBody> {
  if (request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() !== 'application/json')
    return { problem: 'Unsupported Media Type: Content-Type must be application/json', because: 'type', status: 415 }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body ?? []) {
    length += (chunk as Uint8Array).length
    // The rest of a long one is read and dropped: a client that cannot finish writing never reads the answer.
    if (length > longestRead) break
    if (length > longestBody) chunks.length = 0
    else chunks.push(chunk as Uint8Array)
  }
  if (length > longestBody) return { problem: `the message is over ${longestBody} bytes`, because: 'length', status: 413 }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
    const value = JSON.parse(text) as unknown
    const hazard = jsonHazard(text)
    return hazard === null ? { value } : { problem: `the message was refused: ${hazard}`, because: 'hazard', status: 400 }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return { problem: 'Parse error', because: 'syntax', status: 400 }
    throw error
  }
}
