import type { FoundSecret } from './secret-source.ts'
import type { Effect } from './vocabulary.ts'

/** What the gateway asks for, for each call of a toolbox, and lends to that call. */
export interface CredentialDeclaration {
  readonly oauth: OAuthDeclaration
  /** The scopes of a token by the effect of the tool that is called; absent where the toolbox knows none. What is no call of a tool has those of `read`. */
  readonly scopes?: ScopesByEffect | undefined
  /** The scopes for single tools, in the place of those of their effect. */
  readonly tools: Readonly<Record<string, readonly string[]>>
}

type ScopesByEffect = { readonly read: readonly string[] } & Readonly<Partial<Record<Effect, readonly string[] | undefined>>>

/** How the gateway gets access tokens for a toolbox. One of `clientSecret` and `clientKey` is given. */
export interface OAuthDeclaration {
  /** The authorisation server, as its metadata (RFC 8414) names it. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret?: FoundSecret | undefined
  /** A private key as a JWK, with which the gateway signs that it is the client (RFC 7523). */
  readonly clientKey?: FoundSecret | undefined
  /** `token-exchange` (RFC 8693) asks for tokens on behalf of the session's person. */
  readonly grant: 'client_credentials' | 'token-exchange'
  /** What the token is to be good for (RFC 8707); the toolbox's `url` where it is absent. */
  readonly resource?: string | undefined
  /** The `audience` of a server that knows this parameter of RFC 8693. */
  readonly audience?: string | undefined
}

/** The scopes that a call of a tool is lent, or, for null, what is no call; null where the toolbox knows none. */
export function scopesFor(
  { scopes, tools }: CredentialDeclaration,
  tool: { readonly name: string; readonly effect: Effect } | null,
): readonly string[] | null {
  if (tool !== null && Object.hasOwn(tools, tool.name)) return tools[tool.name] ?? null
  if (scopes === undefined) return null
  // An effect that no scopes are given for is refused by `check`; `read` is the least that there is.
  return scopes[tool?.effect ?? 'read'] ?? scopes.read
}
