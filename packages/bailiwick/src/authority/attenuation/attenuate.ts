import { randomUUID } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { JsonObject } from '../../model/json.ts'
import { isNarrower } from '../../model/narrowing/is-narrower.ts'
import { thumbprintUri } from '../../model/principal-uri.ts'
import { signedJwt } from '../signed-jwt.ts'
import { signerOf } from '../signing-key.ts'
import type { SigningKey } from '../signing-key.ts'
import { detailType, partOf } from './claims.ts'
import { hashOf, readToken } from './read-token.ts'

/** What a token is to grant, to whom and for how long. */
export interface Grant {
  /** Constraints by tool and argument, as tokens write them. */
  readonly tools: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>
  /** The public key, Ed25519, of who is to hold it: `x` of its JWK. */
  readonly holder: string
  /** Seconds since 1970. */
  readonly issuedAt: number
  readonly expires: number
  /** How deep tokens may be that descend from it. */
  readonly maxDepth: number
}

/** The key, Ed25519, that a token is bound to. */
export interface HolderKey {
  readonly privateKey: KeyObject
  /** The public key: `x` of its JWK. */
  readonly x: string
}

/** Who grants a token of their own authority; `kid` is for those who look up the key. */
export interface RootIssuer {
  readonly name: string
  readonly key: SigningKey
  readonly kid?: string
}

/** The first token of a chain, by whoever grants it of their own authority; `claims` are what it says besides. */
export function rootToken({ name, key, kid }: RootIssuer, grant: Grant, claims: JsonObject = {}): Promise<string> {
  return sign(key, name, grant, { ...claims, del_depth: 0 }, kid === undefined ? {} : { kid })
}

/**
 * A token with part of what another one grants, made by its holder without asking anybody.
 * @throws BailiwickError `DELEGATION_REFUSED` when it would be refused: it is wider or too deep, or the key is not that of the holder
 */
export async function attenuate(
  parent: string,
  key: HolderKey,
  grant: Omit<Grant, 'maxDepth'> & { readonly maxDepth?: number },
): Promise<string> {
  const read = await readToken(parent)
  if ('problem' in read) throw refused(`the token cannot be read: ${read.problem}`)
  const { claims, holder } = read
  if (claims.cnf.jwk.x !== key.x) throw refused('the token is bound to another key')
  const depth = claims.del_depth + 1
  const maxDepth = grant.maxDepth ?? claims.del_max_depth
  if (depth > maxDepth || maxDepth > claims.del_max_depth)
    throw refused(`depth ${depth} of ${maxDepth} is deeper than ${claims.del_max_depth}`)
  const own = { del_depth: depth, par_hash: hashOf(read) }
  const token = await sign({ sign: signerOf(key.privateKey) }, thumbprintUri(holder), { ...grant, maxDepth }, own)
  const made = await readToken(token)
  if ('problem' in made) throw refused(`it would not be read: ${made.problem}`)
  const wider = isNarrower(partOf(made.claims), partOf(claims), { params: {}, base: '/' })
  if (wider !== null) throw refused(`it is wider than the token: ${wider}`)
  return token
}

function sign(
  key: Pick<SigningKey, 'sign'>,
  issuer: string,
  { tools, holder, issuedAt, expires, maxDepth }: Grant,
  own: JsonObject,
  header: { readonly kid?: string } = {},
): Promise<string> {
  return signedJwt(
    key,
    { typ: 'JWT', ...header },
    {
      ...own,
      cnf: { jwk: { kty: 'OKP', crv: 'Ed25519', x: holder } },
      del_max_depth: maxDepth,
      authorization_details: [{ type: detailType, tools }],
      iss: issuer,
      jti: randomUUID(),
      iat: issuedAt,
      exp: expires,
    },
  )
}

function refused(reason: string): BailiwickError {
  return new BailiwickError('DELEGATION_REFUSED', `no token is derived: ${reason}`, { mend: 'ask for no more than the token grants' })
}
