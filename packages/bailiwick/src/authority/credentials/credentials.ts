import { createHash } from 'node:crypto'
import { decodeJwt, errors } from 'jose'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { OAuthDeclaration } from '../../model/credential.ts'
import { canonicalJson } from '../../model/json.ts'
import type { Session } from '../../model/session.ts'
import { longestWait } from './bounded-fetch.ts'
import { clientAuthentication } from './client-authentication.ts'
import { LentTokens } from './lent-tokens.ts'
import { noPersonTokens } from './person-tokens.ts'
import type { PersonToken, PersonTokens } from './person-tokens.ts'
import { requestToken } from './request-token.ts'
import { Secrets } from './secrets.ts'
import type { SecretPlaces } from './secrets.ts'
import { ServerMetadata } from './server-metadata.ts'
import { TokenRefused } from './token-refused.ts'

export interface CredentialsOptions {
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Nobody's when absent: no token is then exchanged. */
  readonly persons?: PersonTokens
  /** Milliseconds that an authorisation server may take; ten seconds when absent. */
  readonly timeout?: number
}

/** A token as a toolbox wants it. */
export interface TokenRequest {
  readonly toolbox: string
  readonly oauth: OAuthDeclaration
  /** Where the toolbox is reached. */
  readonly url: string
  /** Null for a toolbox that knows none. */
  readonly scopes: readonly string[] | null
  /** Whose call it is; null when nobody is served. */
  readonly session: Session | null
  readonly places: SecretPlaces
}

/** How many tokens of a toolbox are remembered after they were lent, to be told when it says one. */
const mostLent = 100

/** What to do where the person's token is not at hand. */
const signInAnew = 'have them sign in anew, and ask for a token of this session with that, or open another session'

/** What a process lends to toolboxes: secrets and tokens, which are kept in its memory alone, and known again when somebody says them. */
export class Credentials {
  readonly secrets: Secrets
  readonly #clock: () => number
  readonly #persons: PersonTokens
  readonly #timeout: number
  readonly #metadata: ServerMetadata
  readonly #tokens: LentTokens
  readonly #lent = new Map<string, Set<string>>()
  #version = 0

  constructor({ clock, persons = noPersonTokens, timeout = longestWait }: CredentialsOptions) {
    this.secrets = new Secrets(clock)
    this.#clock = clock
    this.#persons = persons
    this.#timeout = timeout
    this.#metadata = new ServerMetadata(clock, timeout)
    this.#tokens = new LentTokens(clock)
  }

  /**
   * A token for one call: one that was given before and is still good, or else a new one, which all who want the same share.
   * @throws BailiwickError `CREDENTIAL_REFUSED` or `SECRET_MISSING`, with nothing secret in it
   */
  async token(wanted: TokenRequest): Promise<string> {
    try {
      const person = await this.#personOf(wanted)
      const value = await this.#tokens.get(keyOf(wanted, person), () => this.#ask(wanted, person))
      this.#remember(wanted.toolbox, value)
      return value
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error
      throw new BailiwickError('CREDENTIAL_REFUSED', `no token for the toolbox \`${wanted.toolbox}\` can be had: ${error.message}`)
    }
  }

  /** Makes sure that an authorisation server is there. @throws BailiwickError `CREDENTIAL_REFUSED` */
  async issuer(issuer: string): Promise<void> {
    try {
      await this.#metadata.of(issuer)
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error
      throw new BailiwickError('CREDENTIAL_REFUSED', `no token can be had: ${error.message}`)
    }
  }

  /** Rises whenever there is a further secret or token to be known by. */
  get version(): number {
    return this.#version + this.secrets.version
  }

  /** Lends a token no more: the toolbox says that it is not good. */
  drop(token: string): void {
    this.#tokens.drop(token)
  }

  /** What a toolbox was lent of late, on behalf of whomever: it may say one call's token in another. */
  lentTo(toolbox: string): ReadonlySet<string> {
    return this.#lent.get(toolbox) ?? new Set()
  }

  async #personOf({ oauth, session }: TokenRequest): Promise<PersonToken | null> {
    if (oauth.grant !== 'token-exchange') return null
    if (session === null || session.person === null) throw new TokenRefused('it is lent on behalf of a person, and the session has none')
    // Asked for each call: what was lent to who signed in is not for a session that merely names them, or once they have signed out.
    const token = await this.#persons.of(session)
    if (token === null)
      throw new TokenRefused(`it is lent on behalf of the person, and there is nothing that they signed in with; ${signInAnew}`)
    if (token === 'expired' || token.expires <= this.#clock())
      throw new TokenRefused(`it is lent on behalf of the person, and what they signed in with has expired; ${signInAnew}`)
    // Whoever is shown it can show it to others: the server that gave it, and no other.
    if (issuerOf(token.value) !== oauth.issuer)
      throw new TokenRefused('it is lent on behalf of the person, and what they signed in with is of another server')
    return token
  }

  async #ask(wanted: TokenRequest, person: PersonToken | null): Promise<{ value: string; lifetime: number | null }> {
    const { toolbox, oauth, url, scopes, places } = wanted
    const server = await this.#metadata.of(oauth.issuer)
    const authentication = await clientAuthentication(oauth, server, { toolbox, secrets: this.secrets, places })
    return requestToken(server, authentication, { oauth, resource: oauth.resource ?? url, scopes, person }, this.#timeout)
  }

  #remember(toolbox: string, token: string): void {
    const lent = this.#lent.get(toolbox) ?? new Set()
    this.#lent.set(toolbox, lent)
    if (!lent.has(token)) this.#version += 1
    // The newest is the last.
    lent.delete(token)
    lent.add(token)
    const [oldest] = lent
    if (lent.size > mostLent && oldest !== undefined) lent.delete(oldest)
  }
}

/** Who a token says it is of; null for one that is no JWT. */
function issuerOf(token: string): string | null {
  try {
    return decodeJwt(token).iss ?? null
  } catch (error) {
    if (error instanceof errors.JWTInvalid) return null
    throw error
  }
}

/** Tokens are shared by calls that want just the same, on behalf of the same person, who signed in with the same. */
function keyOf({ toolbox, oauth, url, scopes, session }: TokenRequest, person: PersonToken | null): string {
  const onBehalf = person === null ? null : [session?.person ?? null, createHash('sha256').update(person.value).digest('base64url')]
  return canonicalJson([toolbox, oauth, url, scopes, onBehalf])
}
