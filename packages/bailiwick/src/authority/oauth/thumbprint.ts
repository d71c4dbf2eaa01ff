import { calculateJwkThumbprint } from 'jose'
import type { JWK } from 'jose'

/** The thumbprint of a public key (RFC 7638, SHA-256), base64url. */
export function thumbprintOf(key: JWK): Promise<string> {
  return calculateJwkThumbprint(key, 'sha256')
}

/** The thumbprint of an Ed25519 key by its `x`. */
export function ed25519Thumbprint(x: string): Promise<string> {
  return thumbprintOf({ kty: 'OKP', crv: 'Ed25519', x })
}
