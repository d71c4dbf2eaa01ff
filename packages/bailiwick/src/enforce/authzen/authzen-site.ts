import { Hono } from 'hono'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { GovernedSession } from '../governed-session.ts'
import { presentedToken } from '../oauth/token-guard.ts'
import type { TokenGuardOptions } from '../oauth/token-guard.ts'
import { strictJsonBody } from '../strict-json-body.ts'
import type { Caller } from './caller.ts'
import { redactObligation } from './evaluate.ts'
import type { Answer } from './evaluate.ts'
import { evaluateAll, evaluateOne } from './evaluations.ts'
import { isRefusal } from './evaluation-request.ts'
import type { Refusal } from './evaluation-request.ts'
import { searchActions, searchResources } from './search.ts'
import type { Found } from './search.ts'

export interface AuthzenSiteOptions {
  readonly guard: TokenGuardOptions
  /** The address of the policy decision point, without a path. */
  readonly url: () => string
  /** The session that a token was issued for, under way. */
  readonly governed: (session: string) => Promise<GovernedSession>
  /** Told what has failed: one line each. */
  readonly report: (line: string) => void
}

type Endpoint = (caller: Caller, body: unknown) => Promise<Answer | { readonly evaluations: readonly Answer[] } | Found | Refusal>

const metadataPath = '/.well-known/authzen-configuration'
const requestId = 'x-request-id'
const evaluationPath = '/access/v1/evaluation'
const evaluationsPath = '/access/v1/evaluations'
const searchPath = '/access/v1/search'
const endpoints: Readonly<Record<string, Endpoint>> = {
  [evaluationPath]: evaluateOne,
  [evaluationsPath]: evaluateAll,
  [`${searchPath}/resource`]: searchResources,
  [`${searchPath}/action`]: searchActions,
  [`${searchPath}/subject`]: async () => ({ status: 501, message: 'there is no search for subjects: each agent is told of itself only' }),
}

/**
 * A policy decision point by the OpenID AuthZEN Authorization API 1.0, for enforcement points that somebody else wrote. They ask with the token of the agent,
 * as at the MCP endpoint, and for the session of that token only.
 */
export function authzenSite(options: AuthzenSiteOptions): Hono {
  const site = new Hono()
  site.get(metadataPath, (context) => context.json(metadata(options.url())))
  site.use('/access/*', async (context, next) => {
    await next()
    const id = context.req.header(requestId)
    if (id !== undefined) context.res.headers.set(requestId, id)
  })
  for (const [path, endpoint] of Object.entries(endpoints)) site.post(path, (context) => serve(options, context.req.raw, endpoint))
  site.onError((error) => {
    const known = error instanceof BailiwickError
    options.report(`authzen: ${known ? error.message : (error.stack ?? error.message)}`)
    return Response.json({ error: { status: 500, message: known ? error.message : 'Internal error' } }, { status: 500 })
  })
  return site
}

async function serve({ guard, governed }: AuthzenSiteOptions, request: Request, endpoint: Endpoint): Promise<Response> {
  const presented = await presentedToken(guard, request)
  if (presented instanceof Response) return presented
  const { token, credential } = presented
  const session = await governed(credential.session)
  const answer = await answerTo({ governed: session, token, signal: request.signal }, request, endpoint)
  const headers = { 'cache-control': 'no-store', ...(credential.dpop === true ? { 'dpop-nonce': guard.proofs.nonce() } : {}) }
  return isRefusal(answer) ? Response.json({ error: answer }, { status: answer.status, headers }) : Response.json(answer, { headers })
}

async function answerTo(caller: Caller, request: Request, endpoint: Endpoint): ReturnType<Endpoint> {
  const { governed } = caller
  const body = await strictJsonBody(request)
  // The standard knows no 415.
  const answer =
    'problem' in body ? { status: body.status === 415 ? 400 : body.status, message: body.problem } : await endpoint(caller, body.value)
  if (isRefusal(answer)) await governed.note('refused', new URL(request.url).pathname, answer.message)
  return answer
}

/** Metadata of a policy decision point; `supported_obligations` is of the draft of the Obligations Profile. What is not named is not answered. */
function metadata(url: string): Record<string, unknown> {
  return {
    policy_decision_point: url,
    access_evaluation_endpoint: `${url}${evaluationPath}`,
    access_evaluations_endpoint: `${url}${evaluationsPath}`,
    search_resource_endpoint: `${url}${searchPath}/resource`,
    search_action_endpoint: `${url}${searchPath}/action`,
    supported_obligations: [redactObligation],
  }
}
