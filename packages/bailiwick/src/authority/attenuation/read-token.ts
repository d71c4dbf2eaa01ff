import { createHash, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { compactVerify, errors } from 'jose'
import { isJsonObject } from '../../model/json.ts'
import { jsonHazard } from '../../model/json-hazard.ts'
import { ed25519Thumbprint } from '../oauth/thumbprint.ts'
import { claimsSchema, issueText } from './claims.ts'
import type { Claims } from './claims.ts'

const longestToken = 65_536

/** A token that was read; whose signature it carries is still to be seen. */
export interface ReadToken {
  readonly claims: Claims
  readonly compact: string
  /** What is signed: header and payload as they came. */
  readonly signingInput: string
  /** The thumbprint (RFC 7638) of the key that it is bound to. */
  readonly holder: string
}

/** A token in compact form, or what is wrong with it. Never throws for what a caller could have sent. */
export async function readToken(token: string): Promise<ReadToken | { readonly problem: string }> {
  if (token.length > longestToken) return { problem: `it is over ${longestToken} characters` }
  const parts = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})$/.exec(token)
  if (parts === null) return { problem: 'it is no JWS in compact form with a signature by Ed25519' }
  const [, header = '', payload = ''] = parts
  const head = textOf(header)
  const body = textOf(payload)
  if (head === null || body === null) return { problem: 'it is not the JSON that it should be' }
  const told: unknown = JSON.parse(head)
  if (!isJsonObject(told)) return { problem: 'its header is no object' }
  const { alg, typ, ...others } = told
  // Which algorithm it is, is for the key to say; a token that says otherwise is meant for a reader who believes it.
  if (alg !== 'EdDSA' && alg !== 'Ed25519')
    return { problem: `its algorithm is \`${JSON.stringify(alg ?? null)}\`, and the keys are Ed25519` }
  if (typ !== undefined && typ !== 'JWT') return { problem: `it is of the type \`${JSON.stringify(typ)}\`` }
  if (Object.keys(others).some((name) => name !== 'kid')) return { problem: 'its header has a member that is not understood' }
  const read = claimsSchema.safeParse(JSON.parse(body))
  if (!read.success) return { problem: issueText(read.error) }
  const claims = read.data
  return {
    claims,
    compact: token,
    signingInput: `${header}.${payload}`,
    holder: await ed25519Thumbprint(claims.cnf.jwk.x),
  }
}

/** Whether a token is signed by a key, Ed25519. */
export async function isSignedBy({ compact }: ReadToken, key: KeyObject): Promise<boolean> {
  try {
    await compactVerify(compact, key, { algorithms: ['EdDSA', 'Ed25519'] })
    return true
  } catch (error) {
    if (error instanceof errors.JOSEError) return false
    throw error
  }
}

/** The public key that a token is bound to. */
export function holderKey({ claims }: ReadToken): KeyObject {
  return createPublicKey({ key: claims.cnf.jwk, format: 'jwk' })
}

/** How a token names the one that it is derived from: SHA-256 of what that one's signature is over, base64url. */
export function hashOf({ signingInput }: Pick<ReadToken, 'signingInput'>): string {
  return createHash('sha256').update(signingInput).digest('base64url')
}

/** The text of a part of a token, if all readers take it for the same JSON. */
function textOf(part: string): string | null {
  const bytes = Buffer.from(part, 'base64url')
  if (bytes.toString('base64url') !== part) return null
  const text = bytes.toString('utf8')
  return Buffer.from(text).equals(bytes) && isJson(text) && jsonHazard(text) === null ? text : null
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}
