import { Hono } from 'hono'
import type { Context } from 'hono'
import { hostHeaderValidationResponse, isLegacyRequest, localhostAllowedHostnames } from '@modelcontextprotocol/server'
import type { AuthInfo } from '@modelcontextprotocol/server'
import { dpopAlgorithms } from '../../authority/oauth/dpop-proofs.ts'
import type { DpopProofs } from '../../authority/oauth/dpop-proofs.ts'
import { goalDetailType } from '../../authority/oauth/token-request.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { oauthSite } from '../oauth/oauth-site.ts'
import type { OAuthSiteOptions } from '../oauth/oauth-site.ts'
import { presentedToken } from '../oauth/token-guard.ts'
import type { Presented } from '../oauth/token-guard.ts'
import type { Runtime } from '../runtime.ts'
import { followListening } from './listen-requests.ts'
import type { HttpSessions } from './http-sessions.ts'
import { jsonHazard } from '../../model/json-hazard.ts'

export interface HttpGatewayOptions {
  readonly runtime: Runtime
  readonly sessions: HttpSessions
  /** `http://127.0.0.1:7420`, without a path. */
  readonly origin: () => string
  /** What proofs of possession are checked by. */
  readonly proofs: DpopProofs
  /** The authorisation server that gives out tokens beside it; null where only the command line does. */
  readonly oauth: Omit<OAuthSiteOptions, 'publicUrl' | 'proofs'> | null
}

const mcpPath = '/mcp'
const metadataPath = '/.well-known/oauth-protected-resource'
const longestBody = 8 * 1024 * 1024
/** Past this a client is cut off, answer or not. */
const longestRead = 4 * longestBody

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
  app.all(mcpPath, async (context) => {
    const { authority, clock } = runtime
    const metadata = (): string => `${publicUrl() ?? options.origin()}${metadataPath}${mcpPath}`
    const presented = await presentedToken({ authority, clock, publicUrl, metadata, proofs: options.proofs }, context.req.raw)
    if (presented instanceof Response) return presented
    const response = await serve(options, context, authInfoOf(runtime, presented))
    if (presented.credential.dpop === true) response.headers.set('dpop-nonce', options.proofs.nonce())
    return response
  })
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

async function serve(options: HttpGatewayOptions, context: Context, authInfo: AuthInfo): Promise<Response> {
  const session = await options.sessions.get(authInfo.clientId)
  const request = context.req.raw
  if (request.method !== 'POST')
    return (await isLegacyRequest(request))
      ? session.legacy.handle(request, undefined, authInfo)
      : session.modern.fetch(request, { authInfo })
  const body = await readBody(request)
  if ('problem' in body) {
    await session.gateway.governed.note('refused', 'message', body.problem)
    return Response.json({ jsonrpc: '2.0', error: { code: body.code, message: body.problem }, id: null }, { status: body.status })
  }
  const bare = new Request(request.url, { method: 'POST', headers: request.headers, signal: request.signal })
  if (await isLegacyRequest(bare, body.value)) return session.legacy.handle(bare, body.value, authInfo)
  await followListening(session.gateway, body.value)
  return session.modern.fetch(bare, { authInfo, parsedBody: body.value })
}

type Body = { readonly value: unknown } | { readonly problem: string; readonly code: number; readonly status: number }

async function readBody(request: Request): Promise<Body> {
  if (request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() !== 'application/json')
    return { problem: 'Unsupported Media Type: Content-Type must be application/json', code: -32_000, status: 415 }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body ?? []) {
    length += (chunk as Uint8Array).length
    // The rest of a long one is read and dropped: a client that cannot finish writing never reads the answer.
    if (length > longestRead) break
    if (length > longestBody) chunks.length = 0
    else chunks.push(chunk as Uint8Array)
  }
  if (length > longestBody) return { problem: `the message is over ${longestBody} bytes`, code: -32_600, status: 413 }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
    const value = JSON.parse(text) as unknown
    const hazard = jsonHazard(text)
    return hazard === null ? { value } : { problem: `the message was refused: ${hazard}`, code: -32_600, status: 400 }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return { problem: 'Parse error', code: -32_700, status: 400 }
    throw error
  }
}

/** RFC 9728. */
function resourceMetadata({ runtime, origin, oauth }: HttpGatewayOptions): Record<string, unknown> {
  const { manifest } = runtime.rules.current
  return {
    resource: `${manifest.http.publicUrl ?? origin()}${mcpPath}`,
    resource_name: `Bailiwick at ${manifest.trustDomain}`,
    bearer_methods_supported: ['header'],
    ...(oauth === null
      ? {}
      : {
          authorization_servers: [oauth.issuer()],
          authorization_details_types_supported: [goalDetailType],
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
