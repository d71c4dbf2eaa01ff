import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { WithoutKeys } from './without-keys.ts'

/** How much of an answer was handed on, and why no more. */
export interface RelayedAnswer {
  /** What the agent got, as text. */
  readonly text: string
  /** Null when the provider's answer came to its end. */
  readonly fault: string | null
}

/** The longest answer, in bytes: what is relayed has to be recorded. */
const longestAnswer = 32 * 1024 * 1024

/** Headers of an answer that agents heed. Others may tell of the account that the key belongs to. */
const relayed = /^(?:content-type|retry-after(?:-ms)?|x-should-retry|(?:x-)?request-id|(?:x|anthropic)-ratelimit-[a-z-]+)$/

export function relayedHeaders(answer: Response): Record<string, string> {
  return Object.fromEntries([...answer.headers].filter(([name]) => relayed.test(name)))
}

/**
 * Hands an answer's body on piece by piece, as it comes and as fast as the agent takes it, without the keys. Leaves the agent's end open, for whoever
 * records what was relayed to close it. Rejects with nothing: whatever cuts the answer off is its fault.
 */
export async function relayAnswer(answer: Response, to: ServerResponse, without: WithoutKeys, signal: AbortSignal): Promise<RelayedAnswer> {
  const pieces: Buffer[] = []
  let length = 0
  let fault: string | null = null
  const pass = async (piece: Buffer): Promise<void> => {
    signal.throwIfAborted()
    if (piece.length === 0) return
    pieces.push(piece)
    if (!to.write(piece)) await once(to, 'drain', { signal })
  }
  try {
    for await (const piece of answer.body ?? []) {
      length += piece.length
      if (length > longestAnswer) {
        fault = `the answer is over ${longestAnswer} bytes`
        break
      }
      await pass(without.take(piece))
    }
    await pass(without.rest())
  } catch (error) {
    if (!(error instanceof Error)) throw error
    fault = `the answer was cut off: ${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ''}`
  }
  return { text: Buffer.concat(pieces).toString('utf8'), fault }
}
