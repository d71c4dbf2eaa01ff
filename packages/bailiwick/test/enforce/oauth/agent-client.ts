import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { ed25519Thumbprint } from '../../../src/authority/oauth/thumbprint.ts'
import { signingKey } from '../../../src/authority/signing-key.ts'
import type { KeyPair as SigningPair } from '../../../src/authority/signing-key.ts'
import type { LiveGateway } from '../live-gateway.ts'

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** A key pair of an agent. */
export interface KeyPair extends SigningPair {
  readonly thumbprint: string
}

export async function keyPair(): Promise<KeyPair> {
  const key = signingKey(randomBytes(32))
  return { ...key, thumbprint: await ed25519Thumbprint(key.x) }
}

type Claims = Readonly<Record<string, unknown>>

/** A JWT of these claims; `header` may hold what an attacker would put there. */
function signed(key: KeyPair, header: Claims, claims: Claims): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'EdDSA', ...header }).sign(key.privateKey)
}

const seconds = (): number => Math.floor(Date.now() / 1000)

/** What an agent outside says who it is by; `over` and `header` are what is wrong with it. */
export function assertion(gateway: LiveGateway, key: KeyPair, over: Claims = {}, header: Claims = {}): Promise<string> {
  const claims = { iss: 'agent', sub: 'agent', aud: gateway.origin, jti: randomUUID(), iat: seconds(), exp: seconds() + 60, ...over }
  return signed(key, { kid: key.thumbprint, ...header }, claims)
}

/** A proof of possession of a key (RFC 9449). */
export function proof(
  key: KeyPair,
  method: string,
  url: string,
  token: string | null = null,
  over: Claims = {},
  header: Claims = {},
): Promise<string> {
  const ath = token === null ? {} : { ath: createHash('sha256').update(token).digest('base64url') }
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.x }
  return signed(key, { typ: 'dpop+jwt', jwk, ...header }, { jti: randomUUID(), htm: method, htu: url, iat: seconds(), ...ath, ...over })
}

export interface TokenAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>> & {
    readonly access_token: string
    readonly error?: string
    readonly error_description?: string
  }
}

export const goalDetail = (over: Claims = {}): string => JSON.stringify([{ type: 'urn:bailiwick:goal', goal: 'goal', params: {}, ...over }])

/** Asks for a token; what is given in `form` takes the place of what an honest agent sends, and null leaves it out. */
export async function askToken(
  gateway: LiveGateway,
  key: KeyPair,
  holder: KeyPair,
  { form = {}, dpop }: { readonly form?: Readonly<Record<string, string | null>>; readonly dpop?: string | null } = {},
): Promise<TokenAnswer> {
  const url = `${gateway.origin}/oauth/token`
  const honest = {
    grant_type: 'client_credentials',
    client_assertion_type: jwtBearer,
    client_assertion: 'client_assertion' in form ? '' : await assertion(gateway, key),
    resource: `${gateway.origin}/mcp`,
    authorization_details: goalDetail(),
  }
  const members = Object.entries({ ...honest, ...form }).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as [string, string]],
  )
  const sent = dpop === undefined ? await proof(holder, 'POST', url) : dpop
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...(sent === null ? {} : { dpop: sent }) },
    body: new URLSearchParams(members),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as TokenAnswer['body'] }
}
