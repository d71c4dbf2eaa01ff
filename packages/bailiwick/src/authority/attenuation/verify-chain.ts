import type { KeyObject } from 'node:crypto'
import type { ContractPart } from '../../model/narrowing/contract-part.ts'
import { isNarrower } from '../../model/narrowing/is-narrower.ts'
import { thumbprintUri } from '../../model/principal-uri.ts'
import { partOf } from './claims.ts'
import { hashOf, holderKey, isSignedBy, readToken } from './read-token.ts'
import type { ReadToken } from './read-token.ts'

/** Where a chain must begin, and when it is looked at. */
export interface TrustAnchor {
  /** `iss` of the first token, and the public key, Ed25519, that it is signed with. */
  readonly issuer: string
  readonly key: KeyObject
  /** Milliseconds since 1970. */
  readonly now: number
}

export type VerifiedChain =
  | {
      readonly valid: true
      /** What each token grants, outermost first: a call must be inside all of them. */
      readonly parts: readonly [ContractPart, ...ContractPart[]]
      /** The tokens as they were read, outermost first. */
      readonly tokens: readonly [ReadToken, ...ReadToken[]]
    }
  | { readonly valid: false; readonly reason: string }

/** More tokens than any of ours lets follow one another. */
const longestChain = 16
/** How far ahead the clock of an issuer may be, in seconds. */
const ahead = 60
const nowhere = { params: {}, base: '/' }

/** Checks a chain of tokens, outermost first, link by link. Never throws for what a caller could have sent. */
export async function verifyChain(tokens: readonly string[], anchor: TrustAnchor): Promise<VerifiedChain> {
  if (tokens.length === 0 || tokens.length > longestChain) return refused(`a chain has 1 to ${longestChain} tokens`)
  const chain: ReadToken[] = []
  for (const [index, token] of tokens.entries()) {
    const read = await readToken(token)
    if ('problem' in read) return refused(`token ${index}: ${read.problem}`)
    const problem = (await (chain.length === 0 ? rootProblem(read, anchor) : linkProblem(chain, read))) ?? timeProblem(read, anchor.now)
    if (problem !== null) return refused(`token ${index}: ${problem}`)
    chain.push(read)
  }
  const [first, ...rest] = chain.map(({ claims }) => partOf(claims)) as [ContractPart, ...ContractPart[]]
  return {
    valid: true,
    parts: [first, ...rest],
    tokens: chain as unknown as readonly [ReadToken, ...ReadToken[]],
  }
}

async function rootProblem(token: ReadToken, { issuer, key }: TrustAnchor): Promise<string | null> {
  const { claims } = token
  if (claims.iss !== issuer) return `it is issued by \`${claims.iss}\`, and a chain begins with one by \`${issuer}\``
  if (!(await isSignedBy(token, key))) return 'it is not signed by its issuer'
  if (claims.del_depth !== 0) return `a chain begins at depth 0, not ${claims.del_depth}`
  return claims.par_hash === undefined ? null : 'it is derived from another, which is missing'
}

async function linkProblem(chain: readonly ReadToken[], token: ReadToken): Promise<string | null> {
  const parent = chain.at(-1) as ReadToken
  const { claims } = token
  const { claims: above } = parent
  if (claims.iss !== thumbprintUri(parent.holder)) return 'it is not issued by the key that the one above it is bound to'
  if (!(await isSignedBy(token, holderKey(parent)))) return 'it is not signed by the key that the one above it is bound to'
  if (claims.par_hash !== hashOf(parent)) return 'it is derived from another token than the one above it'
  if (claims.del_depth !== above.del_depth + 1) return `its depth is ${claims.del_depth}, below one of depth ${above.del_depth}`
  if (claims.del_depth > above.del_max_depth) return `its depth is ${claims.del_depth}, and ${above.del_max_depth} is the most`
  if (claims.del_max_depth > above.del_max_depth) return `it allows depth ${claims.del_max_depth}, and ${above.del_max_depth} is the most`
  if (chain.some((earlier) => earlier.claims.jti === claims.jti)) return 'it has the id of a token above it'
  const wider = isNarrower(partOf(claims), partOf(above), nowhere)
  return wider === null ? null : `it is wider than the one above it: ${wider}`
}

function timeProblem({ claims: { iat, exp, nbf } }: ReadToken, now: number): string | null {
  if (now >= exp * 1000) return 'it has expired'
  if (nbf !== undefined && nbf * 1000 > now + ahead * 1000) return 'it is not good yet'
  return iat * 1000 > now + ahead * 1000 ? 'it is of a time to come' : null
}

function refused(reason: string): VerifiedChain {
  return { valid: false, reason }
}
