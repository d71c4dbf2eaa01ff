import { Hono } from 'hono'
import type { Context } from 'hono'
import {
  hostHeaderValidationResponse,
  isLegacyRequest,
  localhostAllowedHostnames,
  OAuthError,
  OAuthErrorCode,
  requireBearerAuth,
} from '@modelcontextprotocol/server'
import type { AuthInfo } from '@modelcontextprotocol/server'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { Runtime } from '../runtime.ts'
import { followListening } from './listen-requests.ts'
import type { HttpSessions } from './http-sessions.ts'
import { jsonHazard } from '../../model/json-hazard.ts'

export interface HttpGatewayOptions {
  readonly runtime: Runtime
  readonly sessions: HttpSessions
  /** `http://127.0.0.1:7420`, without a path. */
  readonly origin: () => string
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
    async (context, next) =>
      hostHeaderValidationResponse(context.req.raw, localhostAllowedHostnames()) ?? originProblem(context, runtime) ?? next(),
  )
  for (const path of [metadataPath, `${metadataPath}${mcpPath}`]) app.get(path, (context) => context.json(resourceMetadata(options)))
  app.all(mcpPath, async (context) => {
    const verifier = { verifyAccessToken: (token: string) => authInfoOf(runtime, token) }
    const auth = await requireBearerAuth({ verifier, resourceMetadataUrl: `${options.origin()}${metadataPath}${mcpPath}` })(context.req.raw)
    return auth instanceof Response ? auth : serve(options, context, auth)
  })
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

/** RFC 9728. There is no authorisation server to name yet: tokens are given out by `bailiwick sessions open`. */
function resourceMetadata({ runtime, origin }: HttpGatewayOptions): Record<string, unknown> {
  return {
    resource: `${origin()}${mcpPath}`,
    resource_name: `Bailiwick at ${runtime.rules.current.manifest.trustDomain}`,
    bearer_methods_supported: ['header'],
  }
}

async function authInfoOf(runtime: Runtime, token: string): Promise<AuthInfo> {
  const credential = await runtime.authority.verify(token)
  if (!credential.valid) throw new OAuthError(OAuthErrorCode.InvalidToken, credential.reason)
  // What the token may do is decided call by call; here it only names its session.
  // The SDK compares with the machine's clock, which need not be the runtime's.
  const expires = Date.now() + (credential.expires - runtime.clock())
  return { token, clientId: credential.session, scopes: [], expiresAt: Math.floor(expires / 1000) }
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
