import { Hono } from 'hono'
import type { Context } from 'hono'
import { hostHeaderValidationResponse, isLegacyRequest, localhostAllowedHostnames } from '@modelcontextprotocol/server'
import { ProtocolError } from '@modelcontextprotocol/server'
import type { AuthInfo } from '@modelcontextprotocol/server'
import { dpopAlgorithms } from '../../authority/oauth/dpop-proofs.ts'
import type { DpopProofs } from '../../authority/oauth/dpop-proofs.ts'
import { detailTypes } from '../../authority/oauth/token-request.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { effects } from '../../model/vocabulary.ts'
import { authzenSite } from '../authzen/authzen-site.ts'
import type { GovernedSession } from '../governed-session.ts'
import { oauthSite } from '../oauth/oauth-site.ts'
import type { OAuthSiteOptions } from '../oauth/oauth-site.ts'
import { presentedToken } from '../oauth/token-guard.ts'
import type { Presented, TokenGuardOptions } from '../oauth/token-guard.ts'
import type { Runtime } from '../runtime.ts'
import { strictJsonBody } from '../strict-json-body.ts'
import { followListening } from './listen-requests.ts'
import type { HttpSessions } from './http-sessions.ts'
import { scopeChallenge, scopeProblem } from './scope-challenge.ts'

export interface HttpGatewayOptions {
  readonly runtime: Runtime
  readonly sessions: HttpSessions
  /** `http://127.0.0.1:7420`, without a path. */
  readonly origin: () => string
  /** What proofs of possession are checked by. */
  readonly proofs: DpopProofs
  /** Told of each token that was presented as it must be, and says why it is not taken all the same; null when it is. */
  readonly admit: (token: string) => Promise<string | null>
  /** The authorisation server that gives out tokens beside it; null where only the command line does. */
  readonly oauth: Omit<OAuthSiteOptions, 'publicUrl' | 'proofs'> | null
}

const mcpPath = '/mcp'
const metadataPath = '/.well-known/oauth-protected-resource'
/** What a body that is not taken is called in JSON-RPC. */
const bodyCodes = { type: -32_000, length: -32_600, hazard: -32_600, syntax: -32_700 } as const

/**
 * Streamable HTTP for every session at one address. Host and Origin are checked before anything else, then the bearer token
 * (RFC 6750), which alone says which session a request belongs to; then the body must be JSON that all readers take alike.
 */
export function httpGateway(options: HttpGatewayOptions): Hono {
  const { runtime } = options
  const app = new Hono()
  app.use(
    async (context, next) => hostHeaderValidationResponse(context.req.raw, hostsOf(runtime)) ?? originProblem(context, runtime) ?? next(),
  )
  const publicUrl = (): string | null => runtime.rules.current.manifest.http.publicUrl ?? null
  for (const path of [metadataPath, `${metadataPath}${mcpPath}`]) app.get(path, (context) => context.json(resourceMetadata(options)))
  const { authority, clock } = runtime
  const url = (): string => publicUrl() ?? options.origin()
  const metadata = (): string => `${url()}${metadataPath}${mcpPath}`
  const guard: TokenGuardOptions = { authority, clock, publicUrl, metadata, proofs: options.proofs, admit: options.admit }
  app.all(mcpPath, async (context) => {
    const presented = await presentedToken(guard, context.req.raw)
    if (presented instanceof Response) return presented
    const response = await serve(options, context, presented, metadata)
    if (presented.credential.dpop === true) response.headers.set('dpop-nonce', options.proofs.nonce())
    return response
  })
  const governed = async (session: string): Promise<GovernedSession> => (await options.sessions.get(session)).gateway.governed
  app.route('/', authzenSite({ guard, url, governed, report: runtime.report }))
  if (options.oauth !== null) app.route('/', oauthSite({ ...options.oauth, publicUrl, proofs: options.proofs }))
  app.onError((error) => {
    runtime.report(`http: ${error instanceof BailiwickError ? error.message : (error.stack ?? error.message)}`)
    return Response.json(
      { jsonrpc: '2.0', error: { code: -32_603, message: error instanceof BailiwickError ? error.message : 'Internal error' }, id: null },
      { status: 500 },
    )
  })
  return app
}

async function serve(options: HttpGatewayOptions, context: Context, presented: Presented, metadata: () => string): Promise<Response> {
  const { credential } = presented
  const authInfo = authInfoOf(options.runtime, presented)
  const session = await options.sessions.get(authInfo.clientId)
  const request = context.req.raw
  if (request.method !== 'POST')
    return (await isLegacyRequest(request))
      ? session.legacy.handle(request, undefined, authInfo)
      : session.modern.fetch(request, { authInfo })
  const body = await strictJsonBody(request)
  if ('problem' in body) {
    const { problem: message, because, status } = body
    await session.gateway.governed.note('refused', 'message', message)
    return Response.json({ jsonrpc: '2.0', error: { code: bodyCodes[because], message }, id: null }, { status })
  }
  const beyond = scopeProblem(body.value, credential, options.runtime.rules.current)
  if (beyond !== null) {
    await session.gateway.governed.note('refused', beyond.tool, beyond.reason)
    return scopeChallenge(beyond, metadata(), credential.dpop === true ? 'DPoP' : 'Bearer')
  }
  const bare = new Request(request.url, { method: 'POST', headers: request.headers, signal: request.signal })
  if (await isLegacyRequest(bare, body.value)) return session.legacy.handle(bare, body.value, authInfo)
  try {
    await followListening(session.gateway, body.value, async () => credential)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    const { code, message } = error
    return Response.json({ jsonrpc: '2.0', error: { code, message }, id: (body.value as { readonly id?: unknown }).id ?? null })
  }
  return session.modern.fetch(bare, { authInfo, parsedBody: body.value })
}

/** RFC 9728. */
function resourceMetadata({ runtime, origin, oauth }: HttpGatewayOptions): Record<string, unknown> {
  const { manifest } = runtime.rules.current
  return {
    resource: `${manifest.http.publicUrl ?? origin()}${mcpPath}`,
    resource_name: `Bailiwick at ${manifest.trustDomain}`,
    bearer_methods_supported: ['header'],
    scopes_supported: effects,
    ...(oauth === null
      ? {}
      : {
          authorization_servers: [oauth.issuer()],
          authorization_details_types_supported: detailTypes,
          dpop_signing_alg_values_supported: dpopAlgorithms,
        }),
  }
}

function authInfoOf(runtime: Runtime, { token, credential }: Presented): AuthInfo {
  // What the token may do is decided call by call; here it only names its session.
  // The SDK compares with the machine's clock, which need not be the runtime's.
  const expires = Date.now() + (credential.expires - runtime.clock())
  return { token, clientId: credential.session, scopes: [], expiresAt: Math.floor(expires / 1000) }
}

/** The names that requests may be for: this machine's, and the one that others reach it under. */
function hostsOf(runtime: Runtime): string[] {
  const { publicUrl } = runtime.rules.current.manifest.http
  return [...localhostAllowedHostnames(), ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname])]
}

function originProblem(context: Context, runtime: Runtime): Response | undefined {
  const origin = context.req.header('origin')
  if (origin === undefined) return undefined
  const own = URL.canParse(origin) && ['localhost', '127.0.0.1', '[::1]'].includes(new URL(origin).hostname)
  if (own || runtime.rules.current.manifest.http.allowedOrigins.includes(origin)) return undefined
  return Response.json(
    { jsonrpc: '2.0', error: { code: -32_000, message: `the origin \`${origin.slice(0, 200)}\` may not talk to this gateway` }, id: null },
    { status: 403 },
  )
}
