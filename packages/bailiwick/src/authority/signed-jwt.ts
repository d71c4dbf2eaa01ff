import type { SigningKey } from './signing-key.ts'

/** A JWT (RFC 7519, in the compact form of RFC 7515) by an Ed25519 key, wherever that is kept. @throws as the key does */
export async function signedJwt(
  key: Pick<SigningKey, 'sign'>,
  header: { readonly typ: string; readonly kid?: string },
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  const input = [{ alg: 'EdDSA', ...header }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${Buffer.from(await key.sign(Buffer.from(input))).toString('base64url')}`
}
