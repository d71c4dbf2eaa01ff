import { TokenRefused } from './token-refused.ts'

/** The longest answer of an authorisation server that is read, in bytes. */
const longestAnswer = 256 * 1024
/** How long it may take, in milliseconds, from the request to the last byte. */
export const longestWait = 10_000

interface Sent {
  readonly method?: string
  readonly headers?: unknown
  readonly body?: unknown
}

/** Asks an authorisation server: whole or not at all, within a time and a size, and nowhere else than it was asked. @throws TokenRefused */
export async function boundedFetch(url: string, { method, headers, body }: Sent, timeout: number): Promise<Response> {
  try {
    const request = { method, headers, body, redirect: 'manual', signal: AbortSignal.timeout(timeout) } as RequestInit
    const response = await fetch(url, request)
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel()
      throw new TokenRefused('its authorisation server sends on to another address, which is not followed')
    }
    const whole = await wholeBody(response)
    return new Response(whole.length === 0 ? null : whole, { status: response.status, headers: response.headers })
  } catch (error) {
    if (error instanceof TokenRefused) throw error
    const late = error instanceof Error && error.name === 'TimeoutError'
    throw new TokenRefused(
      late ? `its authorisation server does not answer within ${timeout / 1000} s` : 'its authorisation server cannot be reached',
    )
  }
}

async function wholeBody(response: Response): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += (chunk as Uint8Array).length
    if (length > longestAnswer) throw new TokenRefused(`its authorisation server answers with more than ${longestAnswer} bytes`)
    chunks.push(chunk as Uint8Array)
  }
  return Buffer.concat(chunks)
}
