import type { SecretSource } from './secret-source.ts'

/** Whose tokens say who a person is, and which agent a workload is; whose events end sessions. */
export interface TrustDeclaration {
  readonly people?: PeopleDeclaration | undefined
  readonly workloads: readonly WorkloadRule[]
  readonly events?: readonly EventTransmitter[] | undefined
}

/** How people prove who they are: to a provider of OpenID Connect, or with keys of their own, or either. */
export interface PeopleDeclaration {
  /** The provider's issuer, exactly as its tokens name it. */
  readonly issuer?: string | undefined
  /** What the gateway is called at the provider: the audience of its ID tokens. */
  readonly clientId?: string | undefined
  /** For a provider that has none but confidential clients. */
  readonly clientSecret?: Exclude<SecretSource, string> | undefined
  /** The claim that names the person. `email` counts where the provider has verified it. */
  readonly claim: string
  /** The domains that an `email` may be of. */
  readonly domains?: readonly string[] | undefined
  /** A file with the provider's keys, in the place of those that it publishes. */
  readonly jwks?: string | undefined
  /** True when an ID token is good for one use only, by its `jti`. */
  readonly once: boolean
  /** The Ed25519 public keys of people, `x` of the JWK, by their names. */
  readonly keys: Readonly<Record<string, string>>
  /** True when a session may still be opened for a person who is merely named. */
  readonly allowNamed: boolean
}

/** Tokens of an issuer that say all of `claims` are of workloads that run as the agent. */
export interface WorkloadRule {
  /** As the tokens name it. */
  readonly issuer: string
  /** The only audience of the tokens. */
  readonly audience: string
  /** What each claim must be, or one of which: exactly, with its type. */
  readonly claims: Readonly<Record<string, ClaimValue | readonly ClaimValue[]>>
  readonly agent: string
  /** A file with the issuer's keys, for one that cannot be reached. */
  readonly jwks?: string | undefined
  /** How long after it was issued a token is taken at most, such as `1h`. */
  readonly maxAge: string
}

/** Who may end sessions with security events (RFC 8417) about agents, goals, keys and sessions: another gateway, for one. */
interface EventTransmitter {
  /** As its events name it. */
  readonly issuer: string
  /** What this gateway is called in its events. */
  readonly audience: string
  /** A file with its keys, for one that cannot be reached. */
  readonly jwks?: string | undefined
}

export type ClaimValue = string | number | boolean

/** The values that a rule takes a claim with. */
export function allowedValues(expected: ClaimValue | readonly ClaimValue[]): readonly ClaimValue[] {
  return typeof expected === 'object' ? expected : [expected]
}

/** The files that a section names: of keys whose owner says who acts, or acts no longer. */
export function trustFiles({ people, workloads, events = [] }: TrustDeclaration): string[] {
  return [people, ...workloads, ...events].flatMap((one) => (one?.jwks === undefined ? [] : [one.jwks]))
}
