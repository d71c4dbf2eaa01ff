import type { IdentityProof } from '../../model/session.ts'
import type { SignIn } from '../ended-sign-ins.ts'

/**
 * Says whom a token names that somebody else has issued, by the section `trust` of the manifest as it is in force at the time.
 * Neither method throws for what a caller could have sent, nor for an issuer that does not answer: all of that is a refusal.
 */
export interface TrustedIssuers {
  /** Whom an ID token of the provider of `trust.people`, or a token by a person's own key (`typ: person+jwt`), names. */
  person(token: string): Promise<PersonAnswer>
  /** Which agent a rule of `trust.workloads` takes the bearer of a token for. Such a token is good once where it has a `jti`. */
  workload(token: string): Promise<WorkloadAnswer>
}

export type PersonAnswer = ProvedPerson | Refused
export type WorkloadAnswer = ProvedWorkload | Refused

interface ProvedPerson extends Proof {
  /** The name under which the person stands in sessions: printable ASCII, 255 characters at most. */
  readonly person: string
  readonly signIn: SignIn
}

interface ProvedWorkload extends Proof {
  /** A name from `agents` of the manifest. */
  readonly agent: string
}

interface Proof {
  readonly ok: true
  /** `iss`: of the provider, or the thumbprint URI (RFC 9278) of the person's own key. */
  readonly issuer: string
  /** `sub`, which is unique within the issuer. */
  readonly subject: string
  /** `jti`; null where the issuer gives none. */
  readonly tokenId: string | null
  /** `exp` in milliseconds since 1970. */
  readonly expires: number
}

/** What a session keeps of how a person proved who they are. */
export function personProof({ issuer, tokenId }: Pick<Proof, 'issuer' | 'tokenId'>): IdentityProof {
  return { iss: issuer, sub: null, jti: tokenId }
}

/** Not taken. */
export interface Refused {
  readonly ok: false
  /** Why, in one sentence without a full stop. It holds nothing of the token but names that were checked. */
  readonly reason: string
}
