import { Hono } from 'hono'
import type { Context } from 'hono'
import type { JWK } from 'jose'
import { dpopAlgorithms } from '../../authority/oauth/dpop-proofs.ts'
import type { DpopProofs } from '../../authority/oauth/dpop-proofs.ts'
import type { SecurityEvents } from '../../authority/events/security-events.ts'
import type { TokenEndpoint } from '../../authority/oauth/token-endpoint.ts'
import { criticalMembers } from '../../ledger/export/security-event.ts'
import { clientCredentials, detailTypes, tokenExchange } from '../../authority/oauth/token-request.ts'
import type { OAuthRefusal } from '../../authority/oauth/token-request.ts'
import { effects } from '../../model/vocabulary.ts'
import { requestUrl } from './request-url.ts'

/** What the site of the authorisation server serves. */
export interface OAuthSiteOptions {
  readonly endpoint: Pick<TokenEndpoint, 'answer'>
  readonly proofs: Pick<DpopProofs, 'nonce'>
  readonly events: Pick<SecurityEvents, 'receive'>
  /** The public keys that tokens are signed with. */
  readonly keys: () => Promise<readonly JWK[]>
  /** `https://gateway.corp.example`, without a path. */
  readonly issuer: () => string
  /** Whether it tells others what is revoked. */
  readonly transmits: () => boolean
  /** The address under which others reach this site, without a path; null when they use its own. */
  readonly publicUrl: () => string | null
}

export const tokenPath = '/oauth/token'
const keysPath = '/oauth/jwks'
const eventsPath = '/oauth/events'
const metadataPath = '/.well-known/oauth-authorization-server'
const transmitterPath = '/.well-known/ssf-configuration'
const longestForm = 64 * 1024

/** An OAuth 2.1 authorisation server as far as agents need one: metadata (RFC 8414), keys, and the token endpoint. */
export function oauthSite(options: OAuthSiteOptions): Hono {
  const app = new Hono()
  app.get(metadataPath, (context) => context.json(serverMetadata(options.issuer()), 200, { 'cache-control': 'public, max-age=300' }))
  app.get(keysPath, async (context) =>
    context.json({ keys: await options.keys() }, 200, {
      'content-type': 'application/jwk-set+json',
      'cache-control': 'public, max-age=300',
    }),
  )
  app.get(transmitterPath, (context) => {
    if (!options.transmits()) return context.notFound()
    return context.json(transmitterMetadata(options.issuer()), 200, { 'cache-control': 'public, max-age=300' })
  })
  app.post(tokenPath, (context) => token(options, context))
  app.post(eventsPath, (context) => takeEvent(options, context.req.raw))
  return app
}

function serverMetadata(issuer: string): Record<string, unknown> {
  return {
    issuer,
    token_endpoint: `${issuer}${tokenPath}`,
    jwks_uri: `${issuer}${keysPath}`,
    grant_types_supported: [clientCredentials, tokenExchange],
    response_types_supported: [],
    scopes_supported: effects,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['EdDSA', 'ES256', 'RS256'],
    dpop_signing_alg_values_supported: dpopAlgorithms,
    authorization_details_types_supported: detailTypes,
  }
}

/** OpenID Shared Signals Framework 1.0, section 7.1: events are pushed to receivers that the manifest names, which cannot manage their streams themselves. */
function transmitterMetadata(issuer: string): Record<string, unknown> {
  return {
    spec_version: '1_0',
    issuer,
    jwks_uri: `${issuer}${keysPath}`,
    delivery_methods_supported: ['urn:ietf:rfc:8935'],
    critical_subject_members: criticalMembers,
  }
}

async function token({ endpoint, proofs, publicUrl }: OAuthSiteOptions, context: Context): Promise<Response> {
  const request = context.req.raw
  const headers = { 'cache-control': 'no-store', pragma: 'no-cache', 'dpop-nonce': proofs.nonce() }
  const form = await readForm(request)
  const answer =
    typeof form === 'string'
      ? ({ error: 'invalid_request', reason: form } as const)
      : await endpoint.answer(form, request.headers.get('dpop'), requestUrl(request, publicUrl()))
  if (!('error' in answer)) return Response.json(answer, { headers })
  return Response.json({ error: answer.error, error_description: describable(answer.reason) }, { status: statusOf(answer), headers })
}

/** Push delivery of a security event token (RFC 8935). */
async function takeEvent({ events }: OAuthSiteOptions, request: Request): Promise<Response> {
  const refused = (err: string, description: string): Response =>
    Response.json({ err, description: describable(description) }, { status: 400 })
  if (mediaTypeOf(request) !== 'application/secevent+jwt')
    return refused('invalid_request', 'the request must be of the type application/secevent+jwt')
  const body = await readBody(request)
  if (body === null) return refused('invalid_request', `the request is over ${longestForm} bytes`)
  const answer = await events.receive(body.trim())
  return answer.ok ? new Response(null, { status: 202 }) : refused(answer.code, answer.reason)
}

function statusOf({ error }: OAuthRefusal): number {
  return error === 'invalid_client' ? 401 : error === 'temporarily_unavailable' ? 503 : 400
}

/** As much of a text as RFC 6749 section 5.2 lets a description hold. */
function describable(text: string): string {
  return text.replaceAll(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, "'").slice(0, 500)
}

/** The form of a request, or what is wrong with it. */
async function readForm(request: Request): Promise<URLSearchParams | string> {
  if (mediaTypeOf(request) !== 'application/x-www-form-urlencoded')
    return 'the request must be of the type application/x-www-form-urlencoded'
  const body = await readBody(request)
  return body === null ? `the request is over ${longestForm} bytes` : new URLSearchParams(body)
}

function mediaTypeOf(request: Request): string | undefined {
  return request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
}

/** The body of a request as text; null for one that is too long. */
async function readBody(request: Request): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body ?? []) {
    length += (chunk as Uint8Array).length
    if (length > longestForm) return null
    chunks.push(chunk as Uint8Array)
  }
  return Buffer.concat(chunks).toString('utf8')
}
