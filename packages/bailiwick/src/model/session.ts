import type { JsonObject } from './json.ts'
import type { Link } from './lineage.ts'
import type { ContractPart } from './narrowing/contract-part.ts'
import type { Effect } from './vocabulary.ts'

export type SessionState = 'active' | 'paused' | 'revoked' | 'closed'

/** Of the token by which somebody proved who they are: claims of RFC 7519. */
export interface IdentityProof {
  /** The issuer; of a key of one's own, its thumbprint URI (RFC 9278). */
  readonly iss: string
  /** Null for a person, whose name a session has: what a provider calls them besides is nobody's business. */
  readonly sub: string | null
  /** Null where the issuer gives none. */
  readonly jti: string | null
}

/** By what agent and person of a session proved who they are; null for one who was named only, or whom the operator vouches for. */
export interface IdentityProofs {
  readonly agent: IdentityProof | null
  readonly person: IdentityProof | null
}

/** One run of one agent towards one goal. What changes while it runs is its state here, and its usage beside it. */
export interface Session {
  readonly id: string
  readonly agent: string
  readonly goal: string
  readonly params: JsonObject
  /** On whose behalf; null when nobody was named. */
  readonly person: string | null
  /** The person's own words that opened the session; null when none were given. */
  readonly request: string | null
  /** Milliseconds since 1970. */
  readonly opened: number
  readonly state: SessionState
  /** Absent when neither proved anything. */
  readonly proofs?: IdentityProofs
  /** When the token by which the person proved who they are was issued, in milliseconds since 1970; absent when they proved nothing. */
  readonly signedIn?: number
  /** What the session descends from besides itself, its agent and its goal: keys that it was opened with, and what it was delegated by. */
  readonly lineage?: readonly Link[]
  /** By what an agent handed a part of its own session on to this one; absent when a person opened it for the agent. */
  readonly delegation?: Delegation
}

/** That the agent of one session handed part of its authority on to another agent. Person, goal and parameters stay those of the session. */
export interface Delegation {
  readonly id: string
  /** The id of the session that it was handed on from. */
  readonly parent: string
  readonly part: ContractPart
}

/** What T0 learns about the credential that came with a call. */
export type Credential =
  | {
      readonly valid: true
      readonly tokenId: string
      readonly agent: string
      readonly session: string
      readonly goal: string
      readonly paramsHash: string
      readonly expires: number
      /** The effects of the tools that it is good for; those of every tool of the contract when absent. */
      readonly scope?: readonly Effect[]
      /** The thumbprint (RFC 7638) of the key that it is bound to. */
      readonly key?: string
      /** The thumbprint of the agent's own key by which it was got, where that is another; absent for a workload. */
      readonly agentKey?: string
      /** Present on a token that is good for nothing without a proof of that key (RFC 9449), which the enforcement point has looked at. */
      readonly dpop?: true
    }
  | { readonly valid: false; readonly reason: string }
