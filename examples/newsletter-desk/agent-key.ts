import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { DpopSession } from '@modelcontextprotocol/client'
import { calculateJwkThumbprint } from 'jose'
import type { JWK } from 'jose'

/** An Ed25519 key of an agent: it signs by it, and proves by it that it holds what is bound to it. */
export interface AgentKey {
  readonly privateKey: KeyObject
  /** The public key: `x` of its JWK. */
  readonly x: string
  /** RFC 7638. */
  readonly thumbprint: string
  readonly dpop: DpopSession
}

/** A key that never leaves this process. */
export function freshKey(): Promise<AgentKey> {
  return keyOf(generateKeyPairSync('ed25519').privateKey)
}

/** The key in a file as `bailiwick agents keygen` writes it. */
export function keyFrom(file: string): Promise<AgentKey> {
  return keyOf(createPrivateKey({ key: JSON.parse(readFileSync(file, 'utf8')) as JWK & { kty: string }, format: 'jwk' }))
}

async function keyOf(privateKey: KeyObject): Promise<AgentKey> {
  const { d, x } = privateKey.export({ format: 'jwk' }) as { readonly d: string; readonly x: string }
  const publicJwk = { kty: 'OKP', crv: 'Ed25519', x }
  const thumbprint = await calculateJwkThumbprint(publicJwk)
  const [signing, verifying] = await Promise.all([
    crypto.subtle.importKey('jwk', { ...publicJwk, d }, 'Ed25519', false, ['sign']),
    crypto.subtle.importKey('jwk', publicJwk, 'Ed25519', true, ['verify']),
  ])
  const dpop = await DpopSession.create({ keyPair: { privateKey: signing, publicKey: verifying, publicJwk, thumbprint, alg: 'EdDSA' } })
  return { privateKey, x, thumbprint, dpop }
}
