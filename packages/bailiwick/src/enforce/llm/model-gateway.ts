import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { localhostAllowedHostnames, validateHostHeader } from '@modelcontextprotocol/server'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { GovernedSession } from '../governed-session.ts'
import { listenOnLoopback } from '../mcp/loopback.ts'
import { answerWith, ModelCalls } from './model-calls.ts'
import type { ModelCallsOptions } from './model-calls.ts'
import { readModelRequest } from './model-request.ts'

/** A recording proxy before a provider of models, for the agent of one session. */
export interface ModelGateway {
  /** Base addresses for SDKs: with the version, as those for Chat Completions and Responses want it, and without, as those for Messages do. */
  readonly openai: string
  readonly anthropic: string
  /** Takes no more requests, gives up what is under way, and ends every connection once that is recorded. */
  readonly close: () => Promise<void>
}

/**
 * Listens on 127.0.0.1. Its addresses hold a key that is made for them, since anybody on this machine can reach a port: behind it are the session's
 * record and, it may be, a provider's key that is not the caller's.
 * @throws BailiwickError `PORT_IN_USE`
 */
export async function serveModels(options: ModelCallsOptions, port: number): Promise<ModelGateway> {
  const calls = new ModelCalls(options)
  const key = randomBytes(24).toString('base64url')
  const { governed } = options
  const server = createServer((incoming, agent) => {
    serve(calls, governed, key, incoming, agent).catch((error: unknown) => {
      governed.runtime.report(`models: ${error instanceof BailiwickError ? error.message : String(error)}`)
      // What was recorded only in part must not look whole to the agent.
      if (agent.headersSent) agent.destroy()
      else answerWith(agent, 500, error instanceof BailiwickError ? error.message : 'the gateway failed')
    })
  })
  const listening = await listenOnLoopback(server, port)
  const base = `${listening.origin}/${key}`
  return {
    openai: `${base}/v1`,
    anthropic: base,
    close: async () => {
      listening.refuse()
      await calls.close()
      await listening.close()
    },
  }
}

async function serve(
  calls: ModelCalls,
  governed: GovernedSession,
  key: string,
  incoming: IncomingMessage,
  agent: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  for (const end of ['close', 'error']) agent.on(end, () => gone.abort())
  const { host, origin } = incoming.headers
  if (!validateHostHeader(host, localhostAllowedHostnames()).ok)
    return answerWith(agent, 403, 'this gateway answers to names of this machine alone')
  if (origin !== undefined) return answerWith(agent, 403, 'pages of browsers may not talk to this gateway')
  const [, given = '', target = ''] = /^\/([^/?]*)(.*)$/.exec(incoming.url ?? '') ?? []
  if (!isKey(given, key)) return answerWith(agent, 401, 'this address is for one session, which was given its key')
  const request = await readModelRequest(incoming, target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET') return null
    throw error
  })
  // An agent that went away before it had finished has asked nothing.
  if (request === null || gone.signal.aborted) return
  const refused = 'problem' in request ? request : await calls.perform(request, agent, gone.signal)
  if (refused === null) return
  await governed.note('refused', 'model', refused.problem)
  answerWith(agent, refused.status, refused.problem)
}

function isKey(given: string, key: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(key)]
  return one.length === other.length && timingSafeEqual(one, other)
}
