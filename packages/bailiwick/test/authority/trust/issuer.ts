import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import { onTestFinished } from 'vitest'

export interface IssuerKey {
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly jwk: JWK
}

/** An issuer that listens on loopback, publishes its keys and signs whatever it is told to. */
export interface Issuer {
  readonly url: string
  readonly key: IssuerKey
  /** How often each path was asked for. */
  readonly asked: ReadonlyMap<string, number>
  /** What it publishes from now on. */
  publish(keys: readonly JWK[]): void
  /** What it does from now on when a path is asked for. */
  answer(path: string, handle: (response: ServerResponse, request: IncomingMessage) => void): void
  sign(claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>, key?: IssuerKey): Promise<string>
}

export const discoveryPath = '/.well-known/openid-configuration'
export const keysPath = '/keys'

export async function issuerKey(kid: string, alg = 'ES256'): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/** Starts an issuer, which is gone when the test is over. */
export async function issuer(alg = 'ES256'): Promise<Issuer> {
  const key = await issuerKey('first', alg)
  let keys: readonly JWK[] = [key.jwk]
  const asked = new Map<string, number>()
  const answers = new Map<string, (response: ServerResponse, request: IncomingMessage) => void>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.set(path, (asked.get(path) ?? 0) + 1)
    const handle = answers.get(path)
    if (handle === undefined) response.writeHead(404).end()
    else handle(response, request)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  answers.set(discoveryPath, (response) => response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}${keysPath}` })))
  answers.set(keysPath, (response) => response.end(JSON.stringify({ keys })))
  return {
    url,
    key,
    asked,
    publish: (next) => (keys = next),
    answer: (path, handle) => void answers.set(path, handle),
    sign: (claims, header = {}, by = key) =>
      new SignJWT({ iss: url, ...claims })
        .setProtectedHeader({ alg: by.jwk.alg as string, kid: by.jwk.kid as string, ...header })
        .sign(by.privateKey),
  }
}
